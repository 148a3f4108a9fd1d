#include <cli/apply.hpp>
#include <cli/host_gate.hpp>
#include <cli/operations.hpp>
#include <cli/transcript.hpp>
#include <model/egress.hpp>
#include <runtime/task_runner.hpp>
#include <services/root_reader.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <memory>
#include <utility>

namespace itsup::cli {

namespace {

base::Result<std::vector<std::string>> all_targets(const services::InstallRoot& root) {
    TRY(const auto loaded, services::load_root(root));
    std::vector<std::string> out{"dns", "proxy"};
    for (auto& name : model::start_order(loaded.config.projects).names) {
        const auto* project = loaded.config.find(name);
        if (project != nullptr && project->has_services()) {
            out.push_back(std::move(name));
        }
    }
    return out;
}

runtime::Task<bool> apply_one(HostOperations& host, StackOrder order, bool as_json) {
    Transcript transcript(as_json, "");
    EventSink sink = [&transcript](const ServerEvent& event) { return transcript.take(event); };
    CO_TRY_VOID(co_await host.carry_out(std::move(order), std::move(sink)));
    co_return transcript.succeeded();
}

int summarise(std::size_t count, const std::vector<std::string>& failed) {
    if (failed.empty()) {
        return exit_ok;
    }
    return count == 1 ? exit_failed
                      : fail(base::make_error(base::ErrorKind::unavailable,
                                              fmt::format("{} of {} failed: {}", failed.size(),
                                                          count, fmt::join(failed, ", "))));
}

}  // namespace

int run_apply(const Context& context, const std::optional<std::string>& target,
              const ApplyOptions& options) {
    const auto installation = context.find_installation();
    if (!installation) {
        return fail(installation.error());
    }
    if (const auto here = check_host(*installation); here.has_error()) {
        return fail(here.error());
    }
    const auto targets = target ? base::Result<std::vector<std::string>>(std::vector{*target})
                                : all_targets(installation->root);
    if (!targets) {
        return fail(targets.error());
    }
    runtime::TaskRunner runner;
    const auto host = context.open_host(*installation, runner);
    if (!host) {
        return fail(host.error());
    }
    std::vector<std::string> failed;
    for (const auto& name : *targets) {
        StackOrder order{.name = name,
                         .services = options.services,
                         .force = options.force,
                         .pull = options.pull};
        const auto done = runner.run(apply_one(**host, std::move(order), context.json));
        if (!done) {
            fail(base::Error(done.error()).with_context(name));
        }
        if (!done || !*done) {
            failed.push_back(name);
        }
    }
    const auto closed = runner.run((*host)->close());
    return closed ? summarise(targets->size(), failed) : fail(closed.error());
}

}  // namespace itsup::cli
