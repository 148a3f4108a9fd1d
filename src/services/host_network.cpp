#include <services/host_network.hpp>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <fstream>
#include <iterator>
#include <memory>
#include <set>
#include <sstream>

namespace itsup::services {

std::optional<std::string> parse_default_gateway(std::string_view routes) {
    std::istringstream lines{std::string(routes)};
    std::string line;
    std::getline(lines, line);  // The heading.
    while (std::getline(lines, line)) {
        std::istringstream words(line);
        std::string interface;
        std::string destination;
        std::string gateway;
        words >> interface >> destination >> gateway;
        unsigned value = 0;
        const auto [end, code] =
            std::from_chars(gateway.data(), gateway.data() + gateway.size(), value, 16);
        if (destination != "00000000" || code != std::errc{} || value == 0) {
            continue;
        }
        // The kernel prints the address as a number in the byte order of the machine.
        return fmt::format("{}.{}.{}.{}", value & 0xFFU, (value >> 8U) & 0xFFU,
                           (value >> 16U) & 0xFFU, value >> 24U);
    }
    return std::nullopt;
}

std::optional<std::string> default_gateway() {
    std::ifstream file("/proc/net/route");
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    return parse_default_gateway(text);
}

namespace {

std::optional<std::string> text_of(const sockaddr* address) {
    std::array<char, INET6_ADDRSTRLEN> buffer{};
    if (address == nullptr) {
        return std::nullopt;
    }
    const void* bytes = nullptr;
    if (address->sa_family == AF_INET) {
        bytes = &reinterpret_cast<const sockaddr_in*>(address)->sin_addr;
    } else if (address->sa_family == AF_INET6) {
        bytes = &reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr;
    } else {
        return std::nullopt;
    }
    if (::inet_ntop(address->sa_family, bytes, buffer.data(), buffer.size()) == nullptr) {
        return std::nullopt;
    }
    return std::string(buffer.data());
}

}  // namespace

std::vector<std::string> own_addresses() {
    std::set<std::string> names{"localhost", "127.0.0.1", "::1"};
    std::array<char, 256> host{};
    if (::gethostname(host.data(), host.size() - 1) == 0) {
        names.emplace(host.data());
    }
    ifaddrs* first = nullptr;
    if (::getifaddrs(&first) == 0) {
        const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> guard(first, &::freeifaddrs);
        for (const auto* entry = first; entry != nullptr; entry = entry->ifa_next) {
            if (auto text = text_of(entry->ifa_addr)) {
                names.insert(*std::move(text));
            }
        }
    }
    return {names.begin(), names.end()};
}

}  // namespace itsup::services
