#include <artifacts/file_rows.hpp>
#include <artifacts/proxy_parts.hpp>
#include <artifacts/rules.hpp>
#include <artifacts/tree.hpp>

#include <fmt/format.h>

namespace itsup::artifacts {

namespace {

using model::Node;

Node transport(int version) {
    return map({{"proxyProtocol", map({{"version", number(version)}})}});
}

Node servers(const FileRow& row) {
    return Node::sequence({map({{"address", text(row.backend)}})});
}

Node tcp_router(const FileRow& file_row, Node& middlewares) {
    const auto& row = *file_row.row;
    Node router = map({{"entryPoints", texts({row.entrypoint()})},
                       {"rule", text(tcp_rule(row))},
                       {"service", text(file_row.name)}});
    if (const auto names = middlewares_of(file_row, middlewares); !names.empty())
        router.set("middlewares", texts(names));
    if (row.passthrough) {
        router.set("tls", map({{"passthrough", flag(true)}}));
    } else if (ends_tls(row)) {
        router.set("tls", map({{"certresolver", text("letsencrypt")}}));
    }
    return router;
}

}  // namespace

Node build_tcp_routers(const ProxyContext& context) {
    Node routers = Node::mapping();
    Node services = Node::mapping();
    Node middlewares = Node::mapping();
    for (const auto& row : file_rows(context, model::RouterKind::tcp)) {
        routers.set(row.name, tcp_router(row, middlewares));
        Node balancer = map({{"servers", servers(row)}});
        if (row.row->proxyprotocol) {
            balancer.set("serversTransport",
                         text(fmt::format("proxy-transport-v{}", *row.row->proxyprotocol)));
        }
        services.set(row.name, map({{"loadBalancer", balancer}}));
    }
    Node tcp =
        map({{"routers", or_null(routers)},
             {"services", or_null(services)},
             {"serversTransports",
              map({{"proxy-transport-v1", transport(1)}, {"proxy-transport-v2", transport(2)}})}});
    if (!middlewares.entries().empty())
        tcp.set("middlewares", middlewares);
    return map({{"tcp", tcp}});
}

Node build_udp_routers(const ProxyContext& context) {
    Node routers = Node::mapping();
    Node services = Node::mapping();
    for (const auto& row : file_rows(context, model::RouterKind::udp)) {
        routers.set(row.name, map({{"entryPoints", texts({row.row->entrypoint()})},
                                   {"service", text(row.name)}}));
        services.set(row.name, map({{"loadBalancer", map({{"servers", servers(row)}})}}));
    }
    if (routers.entries().empty())
        return Node();
    return map({{"udp", map({{"routers", routers}, {"services", services}})}});
}

}  // namespace itsup::artifacts
