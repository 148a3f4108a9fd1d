#include <net/endpoint.hpp>

#include <utility>

namespace itsup::net {

Endpoint Endpoint::unix_socket(std::string path) {
    return {std::move(path), {}, 0};
}

Endpoint Endpoint::tcp(std::string host, std::uint16_t port) {
    return {{}, std::move(host), port};
}

std::string Endpoint::to_string() const {
    if (!unix_path.empty()) {
        return "unix socket " + unix_path;
    }
    const bool v6 = host.find(':') != std::string::npos;
    return (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

}  // namespace itsup::net
