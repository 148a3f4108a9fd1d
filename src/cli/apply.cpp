#include <cli/apply.hpp>
#include <cli/daemon_client.hpp>
#include <model/egress.hpp>
#include <net/target.hpp>
#include <runtime/task_runner.hpp>
#include <services/root_reader.hpp>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <utility>

namespace itsup::cli {

namespace {

namespace json = boost::json;

bool is_infrastructure(const std::string& name) {
    return name == "dns" || name == "proxy";
}

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

json::object body_of(const ApplyOptions& options, bool infrastructure) {
    json::array services;
    for (const auto& service : options.services) {
        services.emplace_back(service);
    }
    json::object body{{"services", std::move(services)}};
    if (!infrastructure) {
        body["force"] = options.force;
        body["pull"] = options.pull;
    }
    return body;
}

/// Prints one event; remembers how it ended.
class Transcript {
  public:
    explicit Transcript(bool as_json) : json_(as_json) {}

    bool take(const ServerEvent& event) {
        if (json_) {
            fmt::print("{{\"event\":\"{}\",\"data\":{}}}\n", event.event, event.data);
        }
        boost::system::error_code code;
        const auto data = json::parse(event.data, code);
        if (code) {
            return true;
        }
        if (event.event == "end") {
            finish(data.as_object());
            return false;
        }
        if (!json_) {
            print(event.event, data.as_object());
        }
        return true;
    }
    [[nodiscard]] bool succeeded() const { return succeeded_; }

  private:
    static void print(std::string_view event, const json::object& data) {
        if (event == "step" && data.at("state").as_string() == "running") {
            const auto& service = data.at("service").as_string();
            fmt::print("• {}{}{}\n", std::string(data.at("name").as_string()),
                       service.empty() ? "" : " ", std::string(service));
        } else if (event == "output") {
            fmt::print("    {}\n", std::string(data.at("line").as_string()));
        }
    }
    void finish(const json::object& deployment) {
        const std::string state(deployment.at("state").as_string());
        succeeded_ = state == "succeeded";
        if (json_) {
            return;
        }
        const std::string project(deployment.at("project").as_string());
        if (succeeded_) {
            print_ok(fmt::format("{}: {}", project, state));
            return;
        }
        const auto* error = deployment.at("error").if_object();
        fail(base::make_error(
            base::ErrorKind::unavailable,
            fmt::format(
                "{}: {}{}", project, state,
                error == nullptr ? "" : ": " + std::string(error->at("message").as_string()))));
    }

    bool json_;
    bool succeeded_ = false;
};

runtime::Task<bool> apply_one(DaemonClient& client, std::string name, ApplyOptions options,
                              bool as_json) {
    const bool infrastructure = is_infrastructure(name);
    const auto target = fmt::format("/{}/{}/{}", infrastructure ? "stacks" : "projects",
                                    net::percent_encode(name), infrastructure ? "up" : "deploy");
    auto body = json::serialize(body_of(options, infrastructure));
    CO_TRY(const auto started, co_await client.request("POST", target, std::move(body)));
    const std::string id(started.at("id").as_string());
    Transcript transcript(as_json);
    const auto sink = [&transcript](const ServerEvent& event) { return transcript.take(event); };
    CO_TRY_VOID(co_await client.stream_events(fmt::format("/deployments/{}/events", id), sink));
    co_return transcript.succeeded();
}

}  // namespace

int run_apply(const Context& context, const std::optional<std::string>& target,
              const ApplyOptions& options) {
    const auto installation = context.find_installation();
    if (!installation) {
        return fail(installation.error());
    }
    auto targets = target ? base::Result<std::vector<std::string>>(std::vector{*target})
                          : all_targets(installation->root);
    if (!targets) {
        return fail(targets.error());
    }
    const auto client = DaemonClient::open(*installation);
    if (!client) {
        return fail(client.error());
    }
    runtime::TaskRunner runner;
    int code = exit_ok;
    for (const auto& name : *targets) {
        const auto done = runner.run(apply_one(**client, name, options, context.json));
        if (!done) {
            fail(base::Error(done.error()).with_context(name));
        }
        code = done && *done ? code : exit_failed;
    }
    return code;
}

}  // namespace itsup::cli
