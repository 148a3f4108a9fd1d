#include <artifacts/proxy_parts.hpp>
#include <artifacts/tree.hpp>

#include <fmt/format.h>

namespace itsup::artifacts {

namespace {

using model::Node;

Node healthcheck(const std::vector<std::string>& test, std::string interval, std::string timeout,
                 std::string start_period) {
    return map({{"test", texts(test)},
                {"interval", text(std::move(interval))},
                {"timeout", text(std::move(timeout))},
                {"retries", number(3)},
                {"start_period", text(std::move(start_period))}});
}

/// Traefik sees the engine through a filter that lets only reads pass, and only from this host.
Node socket_proxy() {
    return map({
        {"image", text("wollomatic/socket-proxy:1")},
        {"container_name", text("proxy_docker")},
        {"network_mode", text("host")},
        {"command", texts({"-loglevel=info", "-allowfrom=127.0.0.1", "-listenip=127.0.0.1",
                           "-allowGET=/v1\\..{1,2}/(version|containers/.*|events.*)",
                           "-allowHEAD=/_ping", "-shutdowngracetime=5", "-watchdoginterval=600",
                           "-stoponwatchdog", "-allowhealthcheck"})},
        {"read_only", flag(true)},
        {"mem_limit", text("64M")},
        {"cap_drop", texts({"ALL"})},
        {"security_opt", texts({"no-new-privileges"})},
        {"user", text("0:1")},
        {"restart", text("always")},
        {"volumes", texts({"/var/run/docker.sock:/var/run/docker.sock:ro"})},
        {"healthcheck", healthcheck({"CMD", "./healthcheck"}, "10s", "5s", "1s")},
    });
}

/// A change of the static file changes the service, and with it what Compose would make.
Node traefik_labels(const StaticFacts& facts) {
    Node labels = map({{"itsup.static-config", text(facts.hash)}});
    if (!facts.shared_ports.empty()) {
        labels.set("itsup.shared-ports",
                   text(fmt::format("{}", fmt::join(facts.shared_ports, ","))));
    }
    return labels;
}

Node traefik(const ProxyContext& context, const StaticFacts& facts) {
    Node depends_on = map({{"docker", map({{"condition", text("service_started")}})}});
    if (context.has_crowdsec()) {
        depends_on.set("crowdsec", map({{"condition", text("service_healthy")}}));
    }
    Node service = map({
        {"image", text(fmt::format("traefik:{}", context.root.settings.traefik_version))},
        {"network_mode", text("host")},
        {"restart", text("always")},
        {"dns", texts({"172.20.0.253"})},
        {"volumes", texts({"./traefik/traefik.yml:/etc/traefik/traefik.yml:ro",
                           "./traefik/dynamic:/etc/traefik/dynamic:ro", "../data/acme:/etc/acme",
                           "../logs:/var/log/traefik"})},
        {"depends_on", depends_on},
        {"environment",
         texts({"DOCKER_HOST=tcp://127.0.0.1:2375", "LETSENCRYPT_EMAIL=${LETSENCRYPT_EMAIL:?}"})},
        {"healthcheck", healthcheck({"CMD-SHELL",
                                     "test ! -f /tmp/drain && wget -q -O /dev/null -T 5 "
                                     "http://127.0.0.1:8082/ping"},
                                    "30s", "10s", "5s")},
        {"labels", traefik_labels(facts)},
    });
    if (context.has_crowdsec()) {
        service.set("secrets", texts({"crowdsec_lapi_key", "crowdsec_capi_machine_id",
                                      "crowdsec_capi_password"}));
    }
    return service;
}

Node crowdsec(const ProxyContext& context) {
    const auto& settings = context.root.settings;
    return map({
        {"image", text(fmt::format("crowdsecurity/crowdsec:{}", settings.crowdsec_version))},
        {"container_name", text("proxy_crowdsec")},
        {"restart", text("unless-stopped")},
        {"networks", texts({"default", "proxynet"})},
        {"dns", texts({"172.20.0.253"})},
        {"ports", texts({"127.0.0.1:7422:7422", "127.0.0.1:18080:8080"})},
        {"environment",
         map({{"GID", text("${GID-1000}")},
              {"COLLECTIONS",
               text(fmt::format("{}", fmt::join(settings.crowdsec_collections, " ")))},
              {"CUSTOM_HOSTNAME", text("crowdsec")},
              {"BOUNCER_KEY_TRAEFIK", text("${CROWDSEC_APIKEY:?}")}})},
        {"volumes",
         texts({"../crowdsec/acquis.yml:/etc/crowdsec/acquis.yaml:ro",
                "../data/crowdsec:/var/lib/crowdsec/data/", "../logs:/var/log/traefik"})},
        {"labels", texts({"traefik.enable=false"})},
        {"healthcheck", healthcheck({"CMD", "cscli", "version"}, "10s", "5s", "30s")},
    });
}

Node from_environment(std::string name) {
    return map({{"environment", text(std::move(name))}});
}

}  // namespace

Node build_proxy_compose(const ProxyContext& context, const StaticFacts& facts) {
    Node services = map({{"docker", socket_proxy()}, {"traefik", traefik(context, facts)}});
    Node root = map({{"networks", map({{"proxynet", map({{"external", flag(true)}})}})}});
    if (context.has_crowdsec()) {
        services.set("crowdsec", crowdsec(context));
        root.set("secrets",
                 map({{"crowdsec_lapi_key", from_environment("CROWDSEC_APIKEY")},
                      {"crowdsec_capi_machine_id", from_environment("CROWDSEC_CAPI_MACHINE_ID")},
                      {"crowdsec_capi_password", from_environment("CROWDSEC_CAPI_PASSWORD")}}));
    }
    root.set("services", services);
    return root;
}

}  // namespace itsup::artifacts
