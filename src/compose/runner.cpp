#include <compose/runner.hpp>
#include <runtime/child_environment.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

namespace itsup::compose {

namespace {

constexpr int major_wanted = 2;

base::Error not_installed() {
    return base::make_error(base::ErrorKind::unavailable,
                            "Docker Compose 2 is missing: `docker compose version` does not "
                            "answer; install the docker-compose plugin (version 2)");
}

std::optional<int> take_number(std::string_view& text) {
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{}) {
        return std::nullopt;
    }
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    if (text.starts_with('.')) {
        text.remove_prefix(1);
    }
    return value;
}

/// What compose said last that reads like a reason.
class LastWords {
  public:
    void take(const runtime::OutputLine& line) {
        if (line.stream != runtime::OutputStream::err) {
            return;
        }
        auto text = line.text;
        text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
        if (!text.empty() && !text.starts_with("time=\"")) {
            last_ = std::string(text.substr(0, 500));
        }
    }
    [[nodiscard]] base::Error error(const Arguments& arguments,
                                    const runtime::ExitStatus& status) const {
        // Behind the global options: `compose … -f FILE up`.
        const auto file = std::ranges::find(arguments, "-f");
        const auto verb = std::distance(file, arguments.end()) > 2 ? *(file + 2) : "";
        return base::make_error(
            base::ErrorKind::unavailable,
            fmt::format("docker compose {}: {}", verb, last_.empty() ? status.describe() : last_));
    }

  private:
    std::string last_;
};

}  // namespace

base::Result<Version> parse_version(std::string_view output) {
    const auto at = output.find("ersion ");
    if (at == std::string_view::npos) {
        return not_installed();
    }
    auto rest = output.substr(at + 7);
    rest = rest.substr(0, rest.find_first_of(",\n \t"));
    if (rest.starts_with('v')) {
        rest.remove_prefix(1);
    }
    const std::string text(rest);
    const auto major = take_number(rest);
    const auto minor = take_number(rest);
    const auto patch = take_number(rest);
    if (!major || !minor) {
        return not_installed();
    }
    if (*major < major_wanted) {
        return base::make_error(base::ErrorKind::unavailable,
                                fmt::format("Docker Compose {} is too old: version 2 is needed; "
                                            "install the docker-compose plugin (version 2)",
                                            text));
    }
    return Version{*major, *minor, patch.value_or(0), text};
}

base::Result<std::map<std::string, std::string>> parse_hashes(std::string_view output) {
    std::map<std::string, std::string> out;
    while (!output.empty()) {
        const auto line = output.substr(0, output.find('\n'));
        output.remove_prefix(std::min(line.size() + 1, output.size()));
        const auto space = line.find(' ');
        if (line.empty()) {
            continue;
        }
        if (space == std::string_view::npos || space == 0) {
            return base::make_error(base::ErrorKind::unavailable,
                                    "docker compose config --hash: not understood",
                                    std::string(line));
        }
        out.emplace(line.substr(0, space), line.substr(space + 1));
    }
    return out;
}

std::map<std::string, std::string> clean_environment(const std::vector<std::string>& environment) {
    return runtime::child_environment(
        environment, [](std::string_view name) { return name.starts_with("DOCKER_"); });
}

runtime::ProcessSpec Runner::spec_for(Invocation invocation) const {
    runtime::ProcessSpec spec;
    spec.arguments = {settings_.docker};
    std::ranges::move(invocation.arguments, std::back_inserter(spec.arguments));
    spec.environment = settings_.environment;
    for (const auto& [name, value] : invocation.secrets) {
        spec.environment.insert_or_assign(name, value.reveal());
    }
    spec.directory = std::move(invocation.directory);
    spec.input = std::move(invocation.input);
    spec.limit = invocation.limit;
    spec.grace = settings_.grace;
    return spec;
}

runtime::Task<> Runner::run(Invocation invocation, runtime::LineSink sink) {
    const auto arguments = invocation.arguments;
    LastWords last;
    runtime::LineSink tee = [&last, &sink](const runtime::OutputLine& line) {
        last.take(line);
        if (sink) {
            sink(line);
        }
    };
    auto process = runtime::run_process(spec_for(std::move(invocation)), std::move(tee));
    CO_TRY(const auto status, co_await std::move(process));
    if (!status.ok()) {
        co_return last.error(arguments, status);
    }
    co_return base::Result<>{};
}

runtime::Task<std::string> Runner::capture(Invocation invocation) {
    const auto arguments = invocation.arguments;
    auto spec = spec_for(std::move(invocation));
    CO_TRY(auto captured,
           co_await runtime::capture_process(std::move(spec), settings_.config_bytes_max));
    if (!captured.status.ok()) {
        LastWords last;
        std::string_view rest = captured.err;
        while (!rest.empty()) {
            const auto line = rest.substr(0, rest.find('\n'));
            last.take({runtime::OutputStream::err, line, false});
            rest.remove_prefix(std::min(line.size() + 1, rest.size()));
        }
        co_return last.error(arguments, captured.status);
    }
    co_return std::move(captured.out);
}

runtime::Task<Version> Runner::version() {
    Invocation invocation;
    invocation.arguments = compose::version();
    invocation.limit = settings_.config_max;
    auto spec = spec_for(std::move(invocation));
    auto captured = co_await runtime::capture_process(std::move(spec), settings_.config_bytes_max);
    if (captured.has_error()) {
        co_return captured.error();
    }
    // A docker client without the plugin prints its usage, with rc 0 or not.
    co_return parse_version(captured->out);
}

}  // namespace itsup::compose
