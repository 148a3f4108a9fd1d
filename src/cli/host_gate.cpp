#include <cli/host_gate.hpp>
#include <services/host_network.hpp>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <memory>

namespace itsup::cli {

namespace {

std::vector<std::string> resolve(const std::string& name) {
    std::vector<std::string> out;
    addrinfo* first = nullptr;
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    if (::getaddrinfo(name.c_str(), nullptr, &hints, &first) != 0) {
        return out;
    }
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> guard(first, &::freeaddrinfo);
    for (const auto* entry = first; entry != nullptr; entry = entry->ai_next) {
        std::array<char, NI_MAXHOST> text{};
        if (::getnameinfo(entry->ai_addr, entry->ai_addrlen, text.data(), text.size(), nullptr, 0,
                          NI_NUMERICHOST) == 0) {
            out.emplace_back(text.data());
        }
    }
    return out;
}

}  // namespace

bool is_this_host(std::string_view ssh_host, const std::vector<std::string>& own) {
    const auto is_own = [&own](std::string_view name) {
        return std::ranges::find(own, name) != own.end();
    };
    if (is_own(ssh_host)) {
        return true;
    }
    std::array<unsigned char, sizeof(in6_addr)> bytes{};
    const std::string text(ssh_host);
    const bool is_address = ::inet_pton(AF_INET, text.c_str(), bytes.data()) == 1 ||
                            ::inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1;
    return !is_address && std::ranges::any_of(resolve(text), is_own);
}

base::Result<> check_host(const Installation& installation) {
    const auto own = services::own_addresses();
    if (installation.ssh_host.empty() || is_this_host(installation.ssh_host, own)) {
        return {};
    }
    return base::make_error(
        base::ErrorKind::forbidden,
        fmt::format("this is not the host of {}: its .env says SSH_HOST={}, and this machine is "
                    "{}. Run the command there, or correct SSH_HOST",
                    installation.root.path, installation.ssh_host, fmt::join(own, ", ")));
}

}  // namespace itsup::cli
