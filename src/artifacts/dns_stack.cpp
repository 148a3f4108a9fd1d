#include <artifacts/proxy.hpp>
#include <artifacts/tree.hpp>
#include <artifacts/yaml_emitter.hpp>

namespace itsup::artifacts {

namespace {

using model::Node;

/// dnsmasq's configuration, written by the container itself: there is nothing to mount.
constexpr std::string_view start_script =
    "printf '%s\\n' log-queries log-facility=- port=53 no-hosts no-poll no-resolv strict-order "
    "server=127.0.0.11 server=1.1.1.1 server=9.9.9.9 cache-size=0 dns-forward-max=1000 "
    "listen-address=0.0.0.0 bind-interfaces > /tmp/dnsmasq.conf && "
    "exec dnsmasq --keep-in-foreground --conf-file=/tmp/dnsmasq.conf";

}  // namespace

Rendered render_dns_stack() {
    const Node proxynet = map(
        {{"name", text("proxynet")},
         {"driver", text("bridge")},
         {"driver_opts", map({{"encrypted", text("true")}})},
         {"ipam", map({{"config", Node::sequence({map({{"subnet", text("172.20.0.0/16")},
                                                       {"gateway", text("172.20.0.1")}})})}})}});
    const Node logging =
        map({{"driver", text("json-file")},
             {"options", map({{"max-size", text("10m")}, {"max-file", text("3")}})}});
    const Node honeypot = map({
        {"image", text("4km3/dnsmasq:2.90-r3-alpine-3.22.2")},
        {"container_name", text("dns-honeypot")},
        {"entrypoint", texts({"sh", "-c", std::string(start_script)})},
        {"expose", texts({"53/udp"})},
        {"networks", map({{"proxynet", map({{"ipv4_address", text("172.20.0.253")}})}})},
        {"restart", text("unless-stopped")},
        {"logging", logging},
    });
    const Node root = map({{"services", map({{"dns-honeypot", honeypot}})},
                           {"networks", map({{"proxynet", proxynet}})}});
    Rendered rendered;
    rendered.files["dns/docker-compose.yml"] = {emit_yaml(root), ArtifactKind::dns_compose};
    return rendered;
}

}  // namespace itsup::artifacts
