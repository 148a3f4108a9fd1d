#include <deploy/alone.hpp>
#include <deploy/compose_json.hpp>
#include <deploy/wanted.hpp>
#include <model/names.hpp>

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <set>
#include <utility>

namespace itsup::deploy {

namespace json = boost::json;
using std::chrono::milliseconds;

namespace {

int replicas_of(const json::object& service) {
    const auto* deploy = object_at(service, "deploy");
    const auto replicas = deploy == nullptr ? std::nullopt : int_at(*deploy, "replicas");
    return replicas ? *replicas : int_at(service, "scale").value_or(1);
}

void read_health(const json::object& service, WantedService& into) {
    const auto* check = object_at(service, "healthcheck");
    if (check == nullptr) {
        return;
    }
    const auto* test = array_at(*check, "test");
    if (is_true(*check, "disable") ||
        (test != nullptr && !test->empty() && test->front() == json::value("NONE"))) {
        into.health_disabled = true;
        return;
    }
    HealthTimes times;
    const auto read = [check](std::string_view key, milliseconds& time) {
        time = parse_go_duration(text_at(*check, key)).value_or(time);
    };
    read("start_period", times.start_period);
    read("interval", times.interval);
    read("timeout", times.timeout);
    times.retries = int_at(*check, "retries").value_or(times.retries);
    into.health = times;
}

constexpr std::string_view udp_services = "traefik.udp.services.";

bool takes_datagrams(const json::object& service) {
    const auto* labels = object_at(service, "labels");
    return labels != nullptr && std::ranges::any_of(*labels, [](const auto& label) {
               return std::string_view(label.key()).starts_with(udp_services);
           });
}

/// `traefik.http.services.NAME.loadbalancer.server.port` and its tcp brother.
std::vector<std::uint16_t> ingress_ports_of(const json::object& service) {
    std::vector<std::uint16_t> out;
    const auto* labels = object_at(service, "labels");
    if (labels == nullptr) {
        return out;
    }
    for (const auto& label : *labels) {
        const std::string_view key = label.key();
        if (!key.starts_with("traefik.") || key.starts_with(udp_services) ||
            !key.ends_with(".loadbalancer.server.port") || !label.value().is_string()) {
            continue;
        }
        const std::string_view text = label.value().get_string();
        std::uint16_t port = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
        if (error == std::errc{} && end == text.data() + text.size() && port != 0) {
            out.push_back(port);
        }
    }
    return out;
}

}  // namespace

std::vector<std::uint16_t> parse_ports(std::string_view text) {
    std::vector<std::uint16_t> out;
    while (!text.empty()) {
        const auto word = text.substr(0, text.find(','));
        text.remove_prefix(std::min(text.size(), word.size() + 1));
        std::uint16_t port = 0;
        const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), port);
        if (error == std::errc{} && end == word.data() + word.size() && port != 0) {
            out.push_back(port);
        }
    }
    return out;
}

namespace {

std::vector<std::uint16_t> shared_ports_of(const json::object& service) {
    const auto* labels = object_at(service, "labels");
    return labels == nullptr ? std::vector<std::uint16_t>{}
                             : parse_ports(text_at(*labels, shared_ports_label));
}

WantedService read_service(std::string_view project, std::string_view name,
                           const json::object& service) {
    WantedService out;
    out.name = name;
    out.image = text_at(service, "image");
    out.built = find(service, "build") != nullptr;
    if (out.image.empty()) {
        out.image = fmt::format("{}-{}", project, name);
    }
    out.replicas = replicas_of(service);
    out.alone = reasons_to_be_alone(service);
    out.mount_targets = mount_targets_of(service);
    out.one_shot = text_at(service, "restart") == "no";
    read_health(service, out);
    if (const auto* depends = object_at(service, "depends_on")) {
        for (const auto& one : *depends) {
            out.depends_on.emplace_back(one.key());
        }
    }
    out.ingress_ports = ingress_ports_of(service);
    out.takes_datagrams = takes_datagrams(service);
    if (project == "proxy" && name == "traefik") {
        out.shared_ports = shared_ports_of(service);
    }
    return out;
}

/// A service that others wait for to complete ends by itself, whatever its restart policy.
std::set<std::string> completed_first(const json::object& services) {
    std::set<std::string> out;
    for (const auto& service : services) {
        const auto* object = service.value().if_object();
        const auto* depends = object == nullptr ? nullptr : object_at(*object, "depends_on");
        if (depends == nullptr) {
            continue;
        }
        for (const auto& one : *depends) {
            const auto* how = one.value().if_object();
            if (how != nullptr && text_at(*how, "condition") == "service_completed_successfully") {
                out.emplace(one.key());
            }
        }
    }
    return out;
}

/// Compose's grammar is wider than ours: it allows a leading dash or dot.
base::Result<> check_name(std::string_view name) {
    const auto parsed = model::ServiceName::parse(name);
    if (parsed.has_error()) {
        return base::Error(parsed.error()).with_context(fmt::format("service {}", name));
    }
    return {};
}

/// Each behind what it depends on. Compose refuses cycles before we see them; were there one, its
/// members keep their order.
std::vector<WantedService> in_order(std::vector<WantedService> services) {
    std::ranges::sort(services, {}, &WantedService::name);
    std::vector<WantedService> out;
    std::set<std::string> done;
    while (!services.empty()) {
        const auto is_ready = [&](const WantedService& service) {
            return std::ranges::none_of(service.depends_on, [&](const std::string& other) {
                return !done.contains(other) && other != service.name &&
                       std::ranges::find(services, other, &WantedService::name) != services.end();
            });
        };
        auto next = std::ranges::find_if(services, is_ready);
        if (next == services.end()) {
            next = services.begin();
        }
        done.insert(next->name);
        out.push_back(std::move(*next));
        services.erase(next);
    }
    return out;
}

}  // namespace

base::Result<std::vector<WantedService>> parse_wanted(
    std::string_view project, std::string_view config_json,
    const std::map<std::string, std::string>& hashes) {
    boost::system::error_code code;
    const auto parsed = json::parse(config_json, code);
    const auto* root = code ? nullptr : parsed.if_object();
    if (root == nullptr) {
        return base::make_error(base::ErrorKind::unavailable,
                                "docker compose config: not understood", code.message());
    }
    std::vector<WantedService> out;
    const auto* services = object_at(*root, "services");
    if (services == nullptr) {
        return out;
    }
    const auto completed = completed_first(*services);
    for (const auto& service : *services) {
        const auto* object = service.value().if_object();
        if (object == nullptr) {
            continue;
        }
        TRY_VOID(check_name(service.key()));
        auto one = read_service(project, service.key(), *object);
        if (const auto hash = hashes.find(one.name); hash != hashes.end()) {
            one.config_hash = hash->second;
        }
        if (completed.contains(one.name) && !one.one_shot) {
            one.one_shot = true;
            one.alone.emplace_back("others wait for it to complete");
        }
        out.push_back(std::move(one));
    }
    return in_order(std::move(out));
}

std::optional<milliseconds> parse_go_duration(std::string_view text) {
    struct Unit {
        std::string_view name;
        double milliseconds;
    };
    constexpr std::array<Unit, 7> units{{{"ms", 1.0},
                                         {"us", 0.001},
                                         {"\xc2\xb5s", 0.001},
                                         {"ns", 0.000001},
                                         {"s", 1000.0},
                                         {"m", 60'000.0},
                                         {"h", 3'600'000.0}}};
    double total = 0;
    if (text.empty()) {
        return std::nullopt;
    }
    while (!text.empty()) {
        double value = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value,
                                                  std::chars_format::fixed);
        if (error != std::errc{} || value < 0) {
            return std::nullopt;
        }
        text.remove_prefix(static_cast<std::size_t>(end - text.data()));
        const auto unit = std::ranges::find_if(
            units, [text](const Unit& one) { return text.starts_with(one.name); });
        if (unit == units.end()) {
            return std::nullopt;
        }
        text.remove_prefix(unit->name.size());
        total += value * unit->milliseconds;
    }
    constexpr double year_ms = 365.0 * 24 * 3'600'000;
    return milliseconds(static_cast<std::int64_t>(std::min(total, year_ms)));
}

}  // namespace itsup::deploy
