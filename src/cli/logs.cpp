#include <cli/daemon_client.hpp>
#include <cli/logs.hpp>
#include <net/target.hpp>
#include <runtime/task_runner.hpp>

#include <fmt/format.h>

#include <cstdio>

namespace itsup::cli {

namespace {

std::string target_of(const std::string& project, const LogsOptions& options) {
    const bool stack = project == "dns" || project == "proxy";
    std::string out = fmt::format("/{}/{}/logs?follow={}", stack ? "stacks" : "projects",
                                  net::percent_encode(project), options.follow);
    const auto add = [&](std::string_view name, std::string_view value) {
        out += fmt::format("&{}={}", name, net::percent_encode(value));
    };
    if (options.tail) {
        add("tail", std::to_string(*options.tail));
    }
    if (options.since) {
        add("since", *options.since);
    }
    if (options.grep) {
        add("grep", *options.grep);
    }
    if (options.timestamps) {
        add("timestamps", "true");
    }
    for (const auto& service : options.services) {
        add("service", service);
    }
    return out;
}

}  // namespace

int run_logs(const Context& context, const std::string& project, const LogsOptions& options) {
    const auto installation = context.find_installation();
    if (!installation) {
        return fail(installation.error());
    }
    const auto client = DaemonClient::open(*installation);
    if (!client) {
        return fail(client.error());
    }
    runtime::TaskRunner runner;
    const auto print = [](std::string_view text) {
        std::fwrite(text.data(), 1, text.size(), stdout);
        std::fflush(stdout);
    };
    const auto done = runner.run((*client)->stream_text(
        target_of(project, options), print, context.json ? "application/x-ndjson" : "text/plain"));
    return done ? exit_ok : fail(done.error());
}

}  // namespace itsup::cli
