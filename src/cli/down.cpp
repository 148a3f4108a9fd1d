#include <base/log.hpp>
#include <cli/apply.hpp>
#include <cli/host_gate.hpp>
#include <cli/operations.hpp>
#include <cli/transcript.hpp>
#include <model/egress.hpp>
#include <runtime/task_group.hpp>
#include <runtime/task_runner.hpp>
#include <services/root_reader.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <memory>
#include <utility>

namespace itsup::cli {

namespace {

using Group = std::vector<std::string>;

/// As many as the daemon works on at once; more would only fill its queue.
constexpr std::size_t at_once_max = 4;

/// Stack → its kind, for those that have containers.
using Present = std::map<std::string, std::string>;

runtime::Task<Present> find_present(HostOperations& host) {
    CO_TRY(const auto stacks, co_await host.stacks());
    Present out;
    for (const auto& stack : stacks) {
        const bool has_containers = std::ranges::any_of(
            stack.at("services").as_array(),
            [](const auto& service) { return !service.at("containers").as_array().empty(); });
        if (has_containers) {
            out.emplace(stack.at("name").as_string(), stack.at("kind").as_string());
        }
    }
    co_return out;
}

/// Consumers before providers; what the order does not know first; proxy and dns last.
std::vector<Group> reverse_order(const services::InstallRoot& root, Present present) {
    std::vector<Group> out;
    const auto take = [&present](const Group& names) {
        Group group;
        std::ranges::copy_if(names, std::back_inserter(group),
                             [&present](const auto& name) { return present.erase(name) > 0; });
        return group;
    };
    auto proxy = take({"proxy"});
    auto dns = take({"dns"});
    // Stopping must work while the files are broken.
    if (const auto loaded = services::load_root(root)) {
        const auto layers = model::start_order(loaded->config.projects).layers;
        for (auto layer = layers.rbegin(); layer != layers.rend(); ++layer) {
            out.push_back(take(*layer));
        }
    }
    Group others;
    for (const auto& [name, kind] : present) {
        others.push_back(name);
    }
    out.insert(out.begin(), std::move(others));
    out.push_back(std::move(proxy));
    out.push_back(std::move(dns));
    std::erase_if(out, [](const Group& group) { return group.empty(); });
    return out;
}

struct Run {
    HostOperations& host;
    model::DeploymentAction action;
    bool as_json;
    Group failed = {};
};

runtime::Task<> stop_one(Run& run, std::string name) {
    Transcript transcript(run.as_json, name + ": ");
    EventSink sink = [&transcript](const ServerEvent& event) { return transcript.take(event); };
    StackOrder order{.name = name, .action = run.action};
    auto carrying = run.host.carry_out(std::move(order), std::move(sink));
    const auto done = co_await runtime::catching(std::move(carrying));
    if (done.has_error()) {
        fail(base::Error(done.error()).with_context(name));
    }
    if (done.has_error() || !transcript.succeeded()) {
        run.failed.push_back(name);
    }
    co_return base::Result<>{};
}

runtime::Task<> stop_group(Run& run, Group group) {
    const auto executor = co_await boost::asio::this_coro::executor;
    base::NullLogger log;
    for (std::size_t first = 0; first < group.size(); first += at_once_max) {
        runtime::TaskGroup tasks(executor, log);
        for (auto i = first; i < std::min(group.size(), first + at_once_max); ++i) {
            tasks.spawn(group[i], stop_one(run, group[i]));
        }
        CO_TRY_VOID(co_await tasks.join());
    }
    co_return base::Result<>{};
}

std::vector<Group> groups_of(const services::InstallRoot& root, Present present,
                             const DownOptions& options) {
    std::erase_if(present, [&options](const auto& entry) {
        return options.orphans && entry.second != "orphan";
    });
    return reverse_order(root, std::move(present));
}

runtime::Task<std::size_t> stop_all(Run& run, services::InstallRoot root, DownOptions options) {
    CO_TRY(auto present, co_await find_present(run.host));
    const auto groups = groups_of(root, std::move(present), options);
    std::size_t count = 0;
    for (const auto& group : groups) {
        count += group.size();
        CO_TRY_VOID(co_await stop_group(run, group));
    }
    co_return count;
}

int summarise(const Run& run, std::size_t count, const DownOptions& options) {
    if (!run.failed.empty()) {
        return fail(base::make_error(base::ErrorKind::unavailable,
                                     fmt::format("{} of {} failed: {}", run.failed.size(), count,
                                                 fmt::join(run.failed, ", "))));
    }
    if (!run.as_json && count == 0) {
        print_ok(options.orphans ? "there are no orphans" : "nothing was there to stop");
    }
    return exit_ok;
}

}  // namespace

int run_down(const Context& context, const DownOptions& options) {
    const auto installation = context.find_installation();
    if (!installation) {
        return fail(installation.error());
    }
    if (const auto here = check_host(*installation); here.has_error()) {
        return fail(here.error());
    }
    runtime::TaskRunner runner;
    const auto host = context.open_host(*installation, runner);
    if (!host) {
        return fail(host.error());
    }
    const bool remove = options.clean || options.orphans;
    Run run{**host, remove ? model::DeploymentAction::down : model::DeploymentAction::stop,
            context.json};
    const auto count = runner.run(stop_all(run, installation->root, options));
    const auto closed = runner.run((*host)->close());
    if (!count || !closed) {
        return fail(count ? closed.error() : count.error());
    }
    return summarise(run, *count, options);
}

}  // namespace itsup::cli
