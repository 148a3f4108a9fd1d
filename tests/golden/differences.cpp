#include "golden/differences.hpp"

#include <array>

namespace itsup::golden {

namespace {

constexpr std::string_view any = "*";
constexpr std::string_view upstream = "upstream/*/docker-compose.yml";
constexpr std::string_view http_file = "proxy/traefik/dynamic/routers-http.yml";
constexpr std::string_view tcp_file = "proxy/traefik/dynamic/routers-tcp.yml";
constexpr std::string_view udp_file = "proxy/traefik/dynamic/routers-udp.yml";
constexpr std::string_view middlewares_file = "proxy/traefik/dynamic/middlewares.yml";
constexpr std::string_view static_file = "proxy/traefik/traefik.yml";
constexpr std::string_view resolvers = R"(["172.20.0.253","127.0.0.11"])";

constexpr DeliberateDifference table[] = {
    // A service that named no network keeps the project's own when it joins another.
    {1, any, upstream, "services.*.networks[+]", "", R"("default")", When::named_no_network},
    {1, any, upstream, "services.*.networks.default", "", "null", When::named_no_network},
    // allow_source_ips is honoured on labels too.
    {2, "020-*", upstream, "services.a.labels[+]", "", "*ipallowlist*"},
    {2, "019-*", upstream, "services.b.labels[+]", "", "*ipallowlist*"},
    // On the redirect as well, which a trusted router in front can pass.
    {2, "020-*", upstream, "services.a.labels[+]", R"(*-redirect.middlewares=redirect@file")", ""},
    {2, "019-*", upstream, "services.b.labels[+]", R"(*-redirect.middlewares=redirect@file")", ""},
    // Brackets around alternative hosts before a path.
    {3, "003-*", upstream, "services.multi.labels[+]", "*rule=Host(*) || Host(*) && Path*", ""},
    {3, "003-*", upstream, "services.multi.labels[+]", "", "*rule=(Host(*) || Host(*)) && Path*"},
    // No enable label without a route of ours: Traefik would make its default one.
    {4, "001-*", "upstream/nodomain/*", "services.app.labels", R"(["traefik.enable=true",*)", ""},
    {4, "010-*", upstream, "services.tcp*.labels", R"(["traefik.enable=true"])", ""},
    // One function names the entrypoint for the static file and for the routers.
    {5, any, static_file, "entryPoints.http-*", "", "{*}"},
    {5, any, static_file, "entryPoints.udp-*.address", R"(":*/tcp")", R"(":*/udp")"},
    {5, "039-*", static_file, "entryPoints.tcp-7001.address", R"(":7001/udp")", R"(":7001/tcp")"},
    {5, "016-*", tcp_file, "tcp.routers.*.entryPoints[0]", R"("web-secure")", R"("tcp-*")"},
    {5, "039-*", tcp_file, "tcp.routers.*.entryPoints[0]", R"("web-secure")", R"("tcp-*")"},
    {5, "017-*", udp_file, "udp.routers.nohp-*.entryPoints[0]", R"("udp-None")", R"("udp-514")"},
    // The dashboard asks for credentials.
    {6, any, http_file, "http.routers.traefik-secure.middlewares", "", R"(["traefik-auth@file"])"},
    // Rows of containers without a fixed address are routed by labels, whose addresses are known.
    {7, "018-*", tcp_file, "tcp.*.broker-mq-1883", "{*}", ""},
    {7, "018-*", tcp_file, "tcp.*.broker-sni-443", "{*}", ""},
    {7, "018-*", udp_file, "", "{*broker-wg-51820*}", "null"},
    {7, "018-*", upstream, "services.*.labels[+]", "", "*traefik.*cp.*"},
    {7, "018-*", upstream, "services.wg.labels[+]", "", "*traefik.udp.*"},
    {7, "019-*", http_file, "http.*", "{*hp-*}", "null"},
    {7, "019-*", http_file, "http.routers.hp-*", "{*}", ""},
    {7, "019-*", upstream, "services.*.labels[+]", "", "*-hostport.*"},
    {7, "020-*", http_file, "http.*", "{*al-a-3001*}", "null"},
    {7, "020-*", http_file, "http.routers.al-a-3001-0", "{*}", ""},
    {7, "020-*", upstream, "services.a.labels[+]", "", "*-hostport.*"},
    {7, "039-*", tcp_file, "tcp.*.bb-s-7000", "{*}", ""},
    {7, "039-*", udp_file, "udp.*.bb-s-7100", "{*}", ""},
    {7, "039-*", upstream, "services.s.labels[+]", "", "*traefik.tcp.*"},
    {7, "039-*", upstream, "services.s.labels[+]", "", "*traefik.udp.*"},
    {7, "079-*", upstream, "services.b.labels[+]", "", "*traefik.tcp.*"},
    // Two rows of one name: a duplicate key in the original, two routers here.
    {10, "073-*", http_file, any, any, any},
    {10, "073-*", tcp_file, any, any, any},
    // What the running Traefik loaded can be seen, and a new one can stand beside it.
    {11, any, static_file, "entryPoints.ping.reusePort", "", "true"},
    {11, any, "proxy/docker-compose.yml", "services.traefik.labels", "", "{*}"},
    {11, any, static_file, "entryPoints.*.transport", "",
     R"({"lifeCycle":{"graceTimeOut":"30s"}})"},
    {11, "035-*", static_file, "entryPoints.*.transport.lifeCycle", "",
     R"({"graceTimeOut":"30s"})"},
    // Networks that say more than a name stay a mapping.
    {12, "007-*", upstream, "services.*.networks", "[*]", "{*}"},
    {12, "014-*", upstream, "services.*.networks", "[*]", "{*}"},
    {12, "010-*", upstream, "services.c.networks.back", "null", R"({"aliases":["x"]})"},
    // Labels in Compose's spelling.
    {13, "005-*", upstream, "services.web.labels[+]", R"("com.example.true=True")", ""},
    {13, "005-*", upstream, "services.web.labels[+]", R"("com.example.null=None")", ""},
    {13, "005-*", upstream, "services.web.labels[+]", "", R"("com.example.true=true")"},
    {13, "005-*", upstream, "services.web.labels[+]", "", R"("com.example.null=")"},
    // Scalars keep their source text.
    {14, "028-*", upstream, "services.*.environment.NEL", any, any},
    {14, "029-*", upstream, "services.a.environment.K_*", any, any},
    {14, "030-*", upstream, "services.a.ports[*]", "1342", R"("22:22")"},
    {14, "030-*", upstream, "services.a.ports[*]", "3599", R"("59:59")"},
    {14, "038-*", "proxy/docker-compose.yml", "services.traefik.image", R"("traefik:3.1")",
     R"("traefik:3.10")"},
    {14, "081-*", upstream, "services.a.environment.*", any, any},
    {14, "089-*", upstream, "services.*", any, any},
    // The second row of one service and port gets a router of its own.
    {15, "004-*", upstream, "services.app.labels[+]", "*multi-app-3000*", ""},
    {15, "004-*", upstream, "services.app.labels[+]", "", "*multi-app-3000-2*"},
    // Host rows have the same hosts as labels; without one there is no router.
    {16, "015-*", http_file, "http.routers.*.rule", any, any},
    {16, "015-*", http_file, "http.routers.*.tls.domains", "", any},
    {16, "015-*", http_file, "http.*.nas-192-168-1-5-7777-5", "{*}", ""},
    // IPv6 in brackets, and no colon in a name.
    {17, "080-*", http_file, "http.*.v6-fd00::1-8080-0", "{*}", ""},
    {17, "080-*", http_file, "http.*.v6-fd00--1-8080-0", "", "{*}"},
    // A tcp rule holds no path.
    {19, "016-*", tcp_file, "tcp.routers.*.rule", "*PathPrefix*", "*HostSNI*"},
    // The rollout asks Traefik itself what it serves.
    {21, any, "proxy/traefik/dynamic/itsup-api.yml", "", "", "{*}"},
    // No plugin and no middleware of CrowdSec when it is off.
    {31, any, static_file, "experimental", "{*}", ""},
    {31, any, middlewares_file, "http.middlewares.crowdsec", "{*}", ""},
    // What one service gets does not show on those that share its lists.
    {40, "026-*", upstream, "services.*.labels[+]", "*traefik.*", ""},
    {40, "026-*", upstream, "services.*.networks[+]", R"("proxynet")", ""},
    {40, "026-*", upstream, "x-common.*", "*", ""},
    // The edge of a project to itself is created by the project.
    {42, "014-*", "upstream/gamma/*", "networks.gamma--gamma--g2.external", "true", ""},
    {42, "014-*", "upstream/gamma/*", "networks.gamma--gamma--g2.name", "", "*"},
    // The resolver is given only to services that can reach it; network_mode excludes both.
    {45, any, upstream, "services.*.dns", resolvers, "", When::off_proxynet},
    {45, "007-*", upstream, "services.f.networks", "[]", ""},
    // The socket proxy listens on loopback.
    {48, any, "proxy/docker-compose.yml", "services.docker.command[2]", R"("-listenip=0.0.0.0")",
     R"("-listenip=127.0.0.1")"},
    // Host rows are served over TLS and redirect to it.
    {54, any, http_file, "http.routers.*-redirect", "", R"({"entryPoints":["web"],*})"},
    {54, "015-*", http_file, "http.routers.nas-192-168-1-5-80-1.entryPoints[0]", R"("web")",
     R"("web-secure")"},
    {54, "015-*", http_file, "http.routers.nas-192-168-1-5-80-1.tls", "",
     R"({"certResolver":"letsencrypt"})"},
    // A duplicate key is an error; what stands first is what we go on with.
    {57, "028-*", upstream, "services.*.labels[+]", "*bücher*", ""},
    {57, "028-*", upstream, "services.*.labels[+]", "", "*xn--bcher-kva*"},
    {55, "056-*", upstream, "services.a.image", R"("two")", R"("one")"},
};

constexpr DeliberateError error_table[] = {
    {16, "015-*", "nas", "*without a domain*"},
    {19, "016-*", "mail", "*tcp router knows no paths*"},
    {23, "086-*", "i", ""},
    {24, "065-*", "emptyfile", ""},
    {25, "065-*", "bigport", "*between 1 and 65535*"},
    {25, "065-*", "boolport", "*must be a port number*"},
    {28, "087-*", "", ""},
    {29, "077-*", "", "*missing or empty*"},
    {39, "003-*", "pp", "*must start with /*"},
    {39, "059-*", "h", "*nothing resolves here*"},
    {39, "074-*", "", ""},
    {39, "074-*", "q", "*may hold only letters*"},
    {39, "075-*", "q", "*holds `*"},
    {44, "009-*", "dns", "*is the name of the dns stack*"},
    {44, "024-*", "Upper_Case", "*is no name that Compose takes*"},
    {44, "031-*", "full", "*is not the folder's name*"},
    {14, "082-*", "eq", ""},
    {46, "052-*", "p3", "*claimed by both*"},
    {46, "067-*", "", ""},
    {46, "067-*", "listtop", "*must be a mapping*"},
    {46, "067b-*", "", ""},
    {46, "067b-*", "strtop", "*must be a mapping*"},
    {46, "067c-*", "listnull", "*must be a mapping*"},
    {46, "067c-*", "null*", "*, not null*"},
    {46, "067c-*", "strlabels", "*must be a list or a mapping*"},
    {46, "088-*", "e1", ""},
    {55, "056-*", "dup", "*stands twice*"},
    {10, "072-*", "", ""},
    {10, "072-*", "b", "*already the entrypoint tcp-5432 of project \"a\"*"},
};

}  // namespace

std::span<const DeliberateDifference> deliberate_differences() {
    return table;
}

std::span<const DeliberateError> deliberate_errors() {
    return error_table;
}

bool matches(std::string_view pattern, std::string_view text) {
    std::size_t p = 0;
    std::size_t t = 0;
    std::size_t star = std::string_view::npos;
    std::size_t resume = 0;
    while (t < text.size()) {
        if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            resume = t;
        } else if (p < pattern.size() && pattern[p] == text[t]) {
            ++p;
            ++t;
        } else if (star != std::string_view::npos) {
            p = star + 1;
            t = ++resume;
        } else {
            return false;
        }
    }
    while (p < pattern.size() && pattern[p] == '*')
        ++p;
    return p == pattern.size();
}

}  // namespace itsup::golden
