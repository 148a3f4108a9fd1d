#include <docker/engine_json.hpp>
#include <docker/json_reader.hpp>
#include <docker/utf8.hpp>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <charconv>

namespace itsup::docker {

namespace {

namespace json = boost::json;

base::Error not_readable(std::string_view what) {
    return base::make_error(base::ErrorKind::malformed,
                            "the engine's " + std::string(what) + " cannot be read");
}

base::Result<json::value> parse_json(std::string_view text, std::string_view what) {
    boost::system::error_code error;
    auto value = json::parse(text, error);
    if (error) {
        return not_readable(what);
    }
    return value;
}

/// `sha256:…` stays; Go's zero time means "never".
std::optional<base::Timestamp> time_of(std::string_view text) {
    if (text.empty() || text.starts_with("0001-")) {
        return std::nullopt;
    }
    auto parsed = base::parse_rfc3339(text);
    return parsed ? std::optional(*parsed) : std::nullopt;
}

std::string without_slash(std::string_view name) {
    return std::string(name.starts_with('/') ? name.substr(1) : name);
}

void take_networks(JsonReader networks, model::Container& container) {
    networks.each([&container](std::string_view name, JsonReader network) {
        auto address = network.text("IPAddress");
        container.networks[std::string(name)] =
            std::string(address.empty() ? network.text("GlobalIPv6Address") : address);
    });
}

void take_volumes(JsonReader mounts, model::Container& container) {
    mounts.each_item([&container](JsonReader mount) {
        if (mount.text("Type") == "volume") {
            container.volumes.emplace_back(mount.text("Destination"));
        }
    });
    std::ranges::sort(container.volumes);
}

/// `Up 3 minutes (healthy)`, `Exited (137) 2 seconds ago`: all that a list says of the two.
void take_status_text(std::string_view status, model::Container& container) {
    const auto has = [status](std::string_view part) {
        return status.find(part) != std::string_view::npos;
    };
    if (has("(healthy)")) {
        container.health = model::Health::healthy;
    } else if (has("(unhealthy)")) {
        container.health = model::Health::unhealthy;
    } else if (has("(health: starting)")) {
        container.health = model::Health::starting;
    }
    constexpr std::string_view exited = "Exited (";
    if (status.starts_with(exited)) {
        int code = 0;
        const auto digits = status.substr(exited.size());
        std::from_chars(digits.data(), digits.data() + digits.size(), code);
        container.exit_code = code;
    }
}

model::Container parse_summary(JsonReader summary) {
    model::Container out;
    out.id = summary.text("Id");
    summary.at("Names").each_item([&out](JsonReader name) {
        // A legacy link gives a second name, `/a/b`.
        if (out.name.empty() || name.text().find('/', 1) == std::string_view::npos) {
            out.name = without_slash(name.text());
        }
    });
    out.labels = summary.at("Labels").text_map();
    take_compose_labels(out);
    out.image = summary.text("Image");
    out.image_id = summary.text("ImageID");
    out.state = model::parse_container_state(summary.text("State"));
    take_status_text(summary.text("Status"), out);
    if (const auto created = summary.integer("Created"); created > 0) {
        out.created_at = base::Timestamp(std::chrono::seconds(created));
    }
    summary.at("Ports").each_item([&out](JsonReader port) {
        if (port.integer("PublicPort") > 0) {
            out.ports.push_back({std::string(port.text("IP")),
                                 static_cast<std::uint16_t>(port.integer("PublicPort")),
                                 static_cast<std::uint16_t>(port.integer("PrivatePort")),
                                 std::string(port.text("Type"))});
        }
    });
    take_networks(summary.at("NetworkSettings").at("Networks"), out);
    take_volumes(summary.at("Mounts"), out);
    return out;
}

/// `"80/tcp": [{"HostIp": …, "HostPort": "8080"}]`.
void take_ports(JsonReader ports, model::Container& container) {
    ports.each([&container](std::string_view key, JsonReader bindings) {
        const auto slash = key.find('/');
        const auto number = [](std::string_view digits) {
            std::uint16_t value = 0;
            std::from_chars(digits.data(), digits.data() + digits.size(), value);
            return value;
        };
        bindings.each_item([&](JsonReader binding) {
            container.ports.push_back(
                {std::string(binding.text("HostIp")), number(binding.text("HostPort")),
                 number(key.substr(0, slash)),
                 slash == std::string_view::npos ? "tcp" : std::string(key.substr(slash + 1))});
        });
    });
}

void take_state(JsonReader state, ContainerDetails& out) {
    auto& container = out.container;
    container.state = model::parse_container_state(state.text("Status"));
    container.started_at = time_of(state.text("StartedAt"));
    container.finished_at = time_of(state.text("FinishedAt"));
    if (!container.is_running() && container.state != model::ContainerState::created) {
        container.exit_code = static_cast<int>(state.integer("ExitCode"));
    }
    out.pid = static_cast<int>(state.integer("Pid"));
    out.oom_killed = state.boolean("OOMKilled");
    out.error = state.text("Error");
    const auto health = state.at("Health");
    container.health = model::parse_health(health.text("Status"));
    out.failing_streak = static_cast<int>(health.integer("FailingStreak"));
    health.at("Log").each_item([&out](JsonReader probe) {
        std::string output;
        append_as_utf8(output, probe.text("Output"));
        out.health_log.push_back({static_cast<int>(probe.integer("ExitCode")), std::move(output),
                                  time_of(probe.text("Start")), time_of(probe.text("End"))});
    });
}

bool has_health_check(JsonReader config) {
    std::string_view kind;
    config.at("Healthcheck").at("Test").each_item([&kind](JsonReader word) {
        kind = kind.empty() ? word.text() : kind;
    });
    return !kind.empty() && kind != "NONE";
}

void take_host_config(JsonReader host, ContainerDetails& out) {
    out.network_mode = host.text("NetworkMode");
    out.restart_policy = host.at("RestartPolicy").text("Name");
    out.log_driver = host.at("LogConfig").text("Type");
}

void take_config(JsonReader config, ContainerDetails& out) {
    out.container.image = config.text("Image");
    out.container.labels = config.at("Labels").text_map();
    out.container.tty = config.boolean("Tty");
    out.has_health_check = has_health_check(config);
    out.exposed_ports = config.at("ExposedPorts").keys();
    if (config.at("StopTimeout").is_number()) {
        out.stop_timeout_s = static_cast<int>(config.integer("StopTimeout"));
    }
}

}  // namespace

base::Result<EngineVersion> parse_version(std::string_view text) {
    TRY(const auto value, parse_json(text, "version"));
    const JsonReader root(value);
    EngineVersion out{
        .version = std::string(root.text("Version")),
        .api_version = std::string(root.text("ApiVersion")),
        .os = std::string(root.text("Os")),
        .architecture = std::string(root.text("Arch")),
    };
    if (out.api_version.empty()) {
        return not_readable("version");
    }
    return out;
}

base::Result<std::vector<model::Container>> parse_container_list(std::string_view text) {
    TRY(const auto value, parse_json(text, "list of containers"));
    if (!value.is_array()) {
        return not_readable("list of containers");
    }
    std::vector<model::Container> out;
    JsonReader(value).each_item([&out](JsonReader summary) {
        if (!summary.text("Id").empty()) {
            out.push_back(parse_summary(summary));
        }
    });
    return out;
}

base::Result<ContainerDetails> parse_container_details(std::string_view text) {
    TRY(const auto value, parse_json(text, "container"));
    const JsonReader root(value);
    ContainerDetails out;
    auto& container = out.container;
    container.id = root.text("Id");
    if (container.id.empty()) {
        return not_readable("container");
    }
    container.name = without_slash(root.text("Name"));
    container.image_id = root.text("Image");
    container.created_at = time_of(root.text("Created"));
    container.restart_count = static_cast<int>(root.integer("RestartCount"));
    take_config(root.at("Config"), out);
    take_compose_labels(container);
    take_state(root.at("State"), out);
    take_host_config(root.at("HostConfig"), out);
    take_ports(root.at("NetworkSettings").at("Ports"), container);
    take_networks(root.at("NetworkSettings").at("Networks"), container);
    out.log_path = root.text("LogPath");
    take_volumes(root.at("Mounts"), container);
    root.at("Mounts").each_item([&out](JsonReader mount) {
        out.mounts.push_back({std::string(mount.text("Type")), std::string(mount.text("Name")),
                              std::string(mount.text("Source")),
                              std::string(mount.text("Destination")), mount.boolean("RW")});
    });
    return out;
}

base::Result<ImageDetails> parse_image(std::string_view text) {
    TRY(const auto value, parse_json(text, "image"));
    const JsonReader root(value);
    ImageDetails out;
    out.id = root.text("Id");
    if (out.id.empty()) {
        return not_readable("image");
    }
    out.repo_digests = root.at("RepoDigests").text_list();
    out.repo_tags = root.at("RepoTags").text_list();
    out.exposed_ports = root.at("Config").at("ExposedPorts").keys();
    out.volumes = root.at("Config").at("Volumes").keys();
    out.has_health_check = has_health_check(root.at("Config"));
    out.size_bytes = root.integer("Size");
    return out;
}

base::Result<NetworkDetails> parse_network(std::string_view text) {
    TRY(const auto value, parse_json(text, "network"));
    const JsonReader root(value);
    NetworkDetails out;
    out.id = root.text("Id");
    if (out.id.empty()) {
        return not_readable("network");
    }
    out.name = root.text("Name");
    out.driver = root.text("Driver");
    root.at("IPAM").at("Config").each_item(
        [&out](JsonReader pool) { out.subnets.emplace_back(pool.text("Subnet")); });
    out.containers = root.at("Containers").keys();
    out.labels = root.at("Labels").text_map();
    return out;
}

base::Result<std::string> parse_id(std::string_view text) {
    TRY(const auto value, parse_json(text, "answer"));
    return std::string(JsonReader(value).text("Id"));
}

base::Result<std::optional<EngineEvent>> parse_event(std::string_view text) {
    TRY(const auto value, parse_json(text, "event"));
    const JsonReader root(value);
    if (!value.is_object()) {
        return not_readable("event");
    }
    const auto actor = root.at("Actor");
    if (root.text("Type") != "container" || actor.text("ID").empty()) {
        return std::optional<EngineEvent>();
    }
    EngineEvent out;
    const auto action = root.text("Action");
    const auto colon = action.find(':');
    out.action = action.substr(0, colon);
    if (colon != std::string_view::npos) {
        const auto detail = action.substr(colon + 1);
        out.detail = detail.substr(std::min(detail.find_first_not_of(' '), detail.size()));
    }
    out.container = actor.text("ID");
    out.time = base::Timestamp(std::chrono::nanoseconds(root.integer("timeNano")));
    out.attributes = actor.at("Attributes").text_map();
    if (out.action == "kill") {
        out.detail = actor.at("Attributes").text("signal");
    }
    return std::optional(std::move(out));
}

void take_compose_labels(model::Container& container) {
    const auto label = [&container](const char* name) -> std::string_view {
        const auto found = container.labels.find(name);
        return found == container.labels.end() ? std::string_view() : found->second;
    };
    container.project = label("com.docker.compose.project");
    container.service = label("com.docker.compose.service");
    container.config_hash = label("com.docker.compose.config-hash");
    container.oneoff = label("com.docker.compose.oneoff") == "True";
    const auto number = label("com.docker.compose.container-number");
    std::from_chars(number.data(), number.data() + number.size(), container.number);
}

std::string parse_message(std::string_view body) {
    constexpr std::size_t shown_bytes_max = 1000;
    std::string message;
    boost::system::error_code error;
    const auto value = json::parse(body, error);
    message = error ? std::string(body) : std::string(JsonReader(value).text("message"));
    std::string out;
    append_as_utf8(out, std::string_view(message).substr(0, utf8_cut(message, shown_bytes_max)));
    std::replace_if(
        out.begin(), out.end(), [](char c) { return c == '\n' || c == '\r' || c == '\t'; }, ' ');
    while (out.ends_with(' ')) {
        out.pop_back();
    }
    return out;
}

std::string write_network(const NetworkSpec& spec) {
    json::object labels;
    for (const auto& [name, value] : spec.labels) {
        labels[name] = value;
    }
    json::object out{{"Name", spec.name},
                     {"Driver", spec.driver},
                     {"CheckDuplicate", true},
                     {"Internal", spec.internal},
                     {"Attachable", spec.attachable},
                     {"Labels", std::move(labels)}};
    if (!spec.subnet.empty()) {
        out["IPAM"] = json::object{{"Config", json::array{json::object{{"Subnet", spec.subnet}}}}};
    }
    return json::serialize(out);
}

}  // namespace itsup::docker
