#include <deploy/failure.hpp>
#include <docker/engine.hpp>
#include <docker/log_decoder.hpp>
#include <runtime/deadline.hpp>

#include <fmt/format.h>

#include <utility>
#include <vector>

namespace itsup::deploy {

namespace {

constexpr std::int64_t last_lines = 50;
constexpr std::chrono::seconds log_limit{5};

class Lines final : public docker::LineSink {
  public:
    void on_line(const docker::LineView& line) override {
        lines.emplace_back(line.text);
        if (lines.size() > static_cast<std::size_t>(last_lines)) {
            lines.erase(lines.begin());
        }
    }
    std::vector<std::string> lines;
};

runtime::Task<std::vector<std::string>> read_last_lines(docker::Engine& engine, std::string id,
                                                        bool tty) {
    docker::LogQuery query;
    query.container = std::move(id);
    query.tail = last_lines;
    CO_TRY(auto stream, co_await engine.open_logs(std::move(query)));
    Lines sink;
    docker::LogDecoder decoder(tty ? docker::LogDecoder::Mode::terminal
                                   : docker::LogDecoder::Mode::multiplexed);
    while (true) {
        CO_TRY(const auto bytes, co_await stream->read());
        if (bytes.empty()) {
            break;
        }
        CO_TRY_VOID(decoder.feed(bytes, sink));
    }
    decoder.flush(sink);
    co_return std::move(sink.lines);
}

}  // namespace

runtime::Task<> record_failure(const Operation& operation, const WantedService& service,
                               std::string step, std::string message, std::string id) {
    model::DeploymentError error{std::move(step), service.name, std::move(message), {}, {}};
    bool tty = false;
    auto details = co_await operation.parts.engine.inspect_container(id);
    if (details.has_value()) {
        tty = details->container.tty;
        for (const auto& probe : details->health_log) {
            error.health.push_back(fmt::format("exit code {}: {}", probe.exit_code, probe.output));
        }
    }
    auto reading = read_last_lines(operation.parts.engine, id, tty);
    auto lines = co_await runtime::with_deadline(log_limit, std::move(reading));
    if (lines.has_value()) {
        error.last_lines = std::move(*lines);
    }
    operation.transcript.set_error(std::move(error));
    co_return base::Result<>{};
}

}  // namespace itsup::deploy
