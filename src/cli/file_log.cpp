#include <base/when.hpp>
#include <cli/file_log.hpp>
#include <cli/pass_through.hpp>
#include <runtime/subprocess.hpp>
#include <runtime/task_runner.hpp>

#include <boost/json/parse.hpp>
#include <fmt/format.h>
#include <re2/re2.h>

#include <chrono>
#include <cstdio>
#include <memory>
#include <optional>
#include <utility>

namespace itsup::cli {

namespace {

constexpr int lines_usually = 100;
constexpr std::int64_t regex_bytes_max = 1 << 20;
/// run_process() wants a limit; nobody follows a log for longer.
constexpr std::chrono::hours follow_max{24 * 365};

std::optional<base::Timestamp> time_of(std::string_view line) {
    boost::system::error_code error;
    const auto record =
        boost::json::parse(boost::json::string_view(line.data(), line.size()), error);
    if (error || !record.is_object()) {
        return std::nullopt;
    }
    for (const auto* key : {"time", "StartUTC"}) {
        const auto* value = record.get_object().if_contains(key);
        if (value == nullptr || !value->is_string()) {
            continue;
        }
        const auto& text = value->get_string();
        if (auto time = base::parse_rfc3339(std::string_view(text.data(), text.size()))) {
            return *time;
        }
    }
    return std::nullopt;
}

class LineFilter {
  public:
    static base::Result<LineFilter> create(const LogsOptions& options, base::Timestamp now) {
        LineFilter out;
        if (options.since) {
            TRY(out.since_, base::parse_when("--since", *options.since, now));
        }
        if (options.grep) {
            re2::RE2::Options how(re2::RE2::Quiet);
            how.set_max_mem(regex_bytes_max);
            out.grep_ = std::make_unique<re2::RE2>(*options.grep, how);
            if (!out.grep_->ok()) {
                return base::make_invalid("--grep", out.grep_->error());
            }
        }
        return out;
    }

    [[nodiscard]] bool takes(std::string_view line) const {
        if (grep_ && !re2::RE2::PartialMatch(re2::StringPiece(line.data(), line.size()), *grep_)) {
            return false;
        }
        if (!since_) {
            return true;
        }
        const auto time = time_of(line);
        return time && *time >= *since_;
    }

  private:
    std::optional<base::Timestamp> since_;
    std::unique_ptr<re2::RE2> grep_;
};

runtime::ProcessSpec tail_of(const Installation& installation, const std::string& file,
                             const LogsOptions& options) {
    const bool filtered = options.since || options.grep;
    runtime::ProcessSpec spec{.arguments = {"tail", "-n"},
                              .environment = terminal_environment(installation)};
    spec.arguments.push_back(
        options.tail || !filtered ? std::to_string(options.tail.value_or(lines_usually)) : "+1");
    if (options.follow) {
        spec.arguments.emplace_back("-F");
    }
    spec.arguments.push_back(file);
    spec.limit = follow_max;
    return spec;
}

}  // namespace

int run_file_log(const Installation& installation, const std::string& file,
                 const LogsOptions& options) {
    if (options.timestamps || !options.services.empty()) {
        return fail_usage(fmt::format(
            "{} is a file of records: it takes --tail, --since, --grep and --follow", file));
    }
    const auto filter = LineFilter::create(options, base::SystemClock().now());
    if (!filter) {
        return fail_usage(filter.error().message);
    }
    bool continues = false;
    bool taken = false;
    const auto print = [&](const runtime::OutputLine& line) {
        if (line.stream == runtime::OutputStream::err) {
            fmt::print(stderr, "{}\n", line.text);
            return;
        }
        // What is cut for its length belongs to the line before.
        taken = continues ? taken : filter->takes(line.text);
        continues = line.continued;
        if (taken) {
            fmt::print("{}{}", line.text, line.continued ? "" : "\n");
            static_cast<void>(std::fflush(stdout));
        }
    };
    runtime::TaskRunner runner;
    auto running = runtime::run_process(tail_of(installation, file, options), print);
    const auto done = runner.run(std::move(running));
    if (!done) {
        return fail(done.error());
    }
    return done->ok() ? exit_ok : exit_failed;
}

}  // namespace itsup::cli
