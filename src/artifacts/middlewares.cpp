#include <artifacts/proxy_parts.hpp>
#include <artifacts/tree.hpp>

#include <fmt/format.h>

#include <array>

namespace itsup::artifacts {

namespace {

using model::Node;

Node rate_limit(long long average, long long burst) {
    return map(
        {{"rateLimit",
          map({{"average", number(average)}, {"burst", number(burst)}, {"period", text("1s")}})}});
}

std::vector<std::string> scenarios() {
    constexpr std::array<std::string_view, 11> http{"admin-interface-probing",
                                                    "backdoors-attempts",
                                                    "bad-user-agent",
                                                    "crawl-non_statics",
                                                    "generic-bf",
                                                    "open-proxy",
                                                    "path-traversal-probing",
                                                    "probing",
                                                    "sensitive-files",
                                                    "sqli-probing",
                                                    "xss-probing"};
    std::vector<std::string> names;
    names.reserve(http.size() + 1);
    for (const auto name : http)
        names.push_back(fmt::format("crowdsecurity/http-{}", name));
    names.emplace_back("ltsich/http-w00tw00t");
    return names;
}

Node bouncer(const ProxyContext& context) {
    auto clients = context.trusted_ips;
    for (const auto* range : {"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"}) {
        clients.emplace_back(range);
    }
    return map({
        {"version", text("v1.6.0")},
        {"enabled", flag(true)},
        {"forwardedHeadersTrustedIPs", texts(context.trusted_ips)},
        {"clientTrustedIPs", texts(clients)},
        {"crowdsecMode", text("live")},
        {"crowdsecAppsecEnabled", flag(true)},
        {"crowdsecAppsecFailureBlock", flag(true)},
        {"crowdsecAppsecHost", text("127.0.0.1:7422")},
        {"crowdsecLapiKeyFile", text("/run/secrets/crowdsec_lapi_key")},
        {"crowdsecLapiHost", text("127.0.0.1:18080")},
        {"crowdsecLapiScheme", text("http")},
        {"crowdsecLapiTLSInsecureVerify", flag(false)},
        {"crowdsecCapiMachineIdFile", text("/run/secrets/crowdsec_capi_machine_id")},
        {"crowdsecCapiPasswordFile", text("/run/secrets/crowdsec_capi_password")},
        {"crowdsecCapiScenarios", texts(scenarios())},
    });
}

}  // namespace

Node build_middlewares(const ProxyContext& context) {
    const Node headers = map({{"browserXssFilter", flag(true)},
                              {"contentTypeNosniff", flag(true)},
                              {"forceSTSHeader", flag(true)},
                              {"frameDeny", flag(true)},
                              {"stsIncludeSubdomains", flag(true)},
                              {"stsPreload", flag(true)},
                              {"stsSeconds", number(31536000)}});
    Node middlewares = map({
        {"default-headers", map({{"headers", headers}})},
        {"removeServiceSelector", map({{"stripPrefix", map({{"forceSlash", flag(false)}})}})},
        {"redirect", map({{"redirectScheme", map({{"scheme", text("https")}})}})},
        {"traefik-auth",
         map({{"basicauth", map({{"users", text(context.inputs.traefik_admin.reveal())}})}})},
        {"rate-limit", rate_limit(100, 200)},
    });
    if (has_own_route(context))
        middlewares.set(api_rate_limit, rate_limit(50, 100));
    if (context.has_crowdsec()) {
        middlewares.set("crowdsec", map({{"plugin", map({{"bouncer", bouncer(context)}})}}));
    }
    return map({{"http", map({{"middlewares", middlewares}})}});
}

}  // namespace itsup::artifacts
