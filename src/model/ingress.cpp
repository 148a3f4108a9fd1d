#include <model/ingress.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace itsup::model {

std::string_view to_string(RouterKind router) {
    switch (router) {
        case RouterKind::http:
            return "http";
        case RouterKind::tcp:
            return "tcp";
        case RouterKind::udp:
            return "udp";
    }
    return "http";
}

Mark Ingress::mark_of(std::string_view path) const {
    auto found = mark;
    for (const auto* node = &source; node != nullptr && !path.empty();) {
        const auto key = path.substr(0, path.find('.'));
        path.remove_prefix(std::min(key.size() + 1, path.size()));
        node = node->find(key);
        if (node != nullptr)
            found = node->mark();
    }
    return found;
}

std::vector<std::string> Ingress::hosts() const {
    std::vector<std::string> hosts;
    if (tls && tls->main && !tls->main->empty()) {
        hosts.push_back(*tls->main);
        hosts.insert(hosts.end(), tls->sans.begin(), tls->sans.end());
    } else if (domain && !domain->empty() && (router != RouterKind::tcp || *domain != "*")) {
        hosts.push_back(*domain);
    }
    return hosts;
}

bool Ingress::has_own_entrypoint() const {
    switch (router) {
        case RouterKind::http:
            return hostport && *hostport != 8080 && *hostport != 8443;
        case RouterKind::tcp:
            return hostport.has_value() || !passthrough;
        case RouterKind::udp:
            return true;
    }
    return false;
}

std::string Ingress::entrypoint() const {
    if (has_own_entrypoint())
        return fmt::format("{}-{}", to_string(router), entrypoint_port());
    if (router == RouterKind::http && hostport && *hostport == 8080)
        return "web";
    return "web-secure";
}

}  // namespace itsup::model
