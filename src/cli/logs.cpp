#include <cli/daemon_client.hpp>
#include <cli/file_log.hpp>
#include <cli/logs.hpp>
#include <cli/pass_through.hpp>
#include <net/target.hpp>
#include <runtime/task_runner.hpp>
#include <services/root_lock.hpp>
#include <services/root_reader.hpp>

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

int logs_without_daemon(const Installation& installation, const std::string& project,
                        const LogsOptions& options) {
    if (options.grep) {
        return fail_usage("--grep needs the daemon, which does not run (itsup serve)");
    }
    Words words{"logs"};
    const auto add = [&words](bool wanted, std::initializer_list<std::string> more) {
        words.insert(words.end(), more.begin(), wanted ? more.end() : more.begin());
    };
    add(options.follow, {"--follow"});
    add(options.timestamps, {"--timestamps"});
    add(options.tail.has_value(), {"--tail", std::to_string(options.tail.value_or(0))});
    add(options.since.has_value(), {"--since", options.since.value_or("")});
    words.insert(words.end(), options.services.begin(), options.services.end());
    return hand_over(compose_program(installation, project, words));
}

/// What there is to look at, a word a line.
int list_targets(const Installation& installation) {
    const auto loaded = services::load_root(installation.root);
    if (!loaded) {
        return fail(loaded.error());
    }
    for (const auto* own : {"access", "api", "dns", "proxy"}) {
        fmt::print("{}\n", own);
    }
    for (const auto& project : loaded->config.projects) {
        if (project.has_services()) {
            fmt::print("{}\n", project.name);
        }
    }
    return exit_ok;
}

}  // namespace

int run_logs(const Context& context, const std::string& project, const LogsOptions& options) {
    const auto installation = context.find_installation();
    if (!installation) {
        return fail(installation.error());
    }
    if (project.empty()) {
        return list_targets(*installation);
    }
    if (project == "api" || project == "access") {
        const auto file = fmt::format("{}/{}.log", installation->root.logs(), project);
        return run_file_log(*installation, file, options);
    }
    const auto holder = services::RootLock::holder(installation->root);
    if (!holder || !*holder || !(*holder)->address) {
        return logs_without_daemon(*installation, project, options);
    }
    const auto client = DaemonClient::open(*installation);
    if (!client) {
        return fail(client.error());
    }
    runtime::TaskRunner runner;
    const auto print = [](std::string_view text) {
        // Whoever closed the pipe has enough; SIGPIPE ends us.
        static_cast<void>(std::fwrite(text.data(), 1, text.size(), stdout));
        static_cast<void>(std::fflush(stdout));
    };
    const auto done = runner.run((*client)->stream_text(
        target_of(project, options), print, context.json ? "application/x-ndjson" : "text/plain"));
    return done ? exit_ok : fail(done.error());
}

}  // namespace itsup::cli
