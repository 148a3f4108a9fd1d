#include <deploy/open_connections.hpp>

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cstdint>
#include <fstream>
#include <iterator>

namespace itsup::deploy {

namespace {

constexpr std::string_view established = "01";
constexpr std::string_view half_open = "03";
constexpr std::string_view listening = "0A";
constexpr std::size_t address_chars = 8;

/// As the kernel prints it: the 32-bit word in this machine's byte order.
std::string kernel_form(const std::string& address) {
    in_addr parsed{};
    return ::inet_pton(AF_INET, address.c_str(), &parsed) == 1
               ? fmt::format("{:08X}", parsed.s_addr)
               : std::string{};
}

std::string_view next_word(std::string_view& line) {
    line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
    const auto word = line.substr(0, line.find(' '));
    line.remove_prefix(word.size());
    return word;
}

/// The last eight digits before the colon: all of an IPv4 address, and the end of one in its IPv6
/// form.
std::string_view ipv4_of(std::string_view endpoint) {
    const auto address = endpoint.substr(0, endpoint.find(':'));
    return address.size() < address_chars ? std::string_view{}
                                          : address.substr(address.size() - address_chars);
}

std::uint32_t from_hex(std::string_view text) {
    std::uint32_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value, 16);
    return value;
}

/// Both tables of this network namespace, one after the other.
base::Result<std::string> read_tables() {
    std::string out;
    for (const auto* path : {"/proc/net/tcp", "/proc/net/tcp6"}) {
        std::ifstream file(path, std::ios::binary);
        if (!file) {
            return base::make_error(base::ErrorKind::unavailable,
                                    fmt::format("{}: cannot be read", path));
        }
        out.append(std::istreambuf_iterator<char>(file), {});
    }
    return out;
}

}  // namespace

std::size_t count_connections(std::string_view proc_net_tcp,
                              const std::set<std::string>& addresses) {
    std::set<std::string, std::less<>> wanted;
    for (const auto& address : addresses) {
        wanted.insert(kernel_form(address));
    }
    wanted.erase("");
    std::size_t count = 0;
    while (!proc_net_tcp.empty()) {
        auto line = proc_net_tcp.substr(0, proc_net_tcp.find('\n'));
        proc_net_tcp.remove_prefix(std::min(line.size() + 1, proc_net_tcp.size()));
        static_cast<void>(next_word(line));
        static_cast<void>(next_word(line));
        const auto remote = next_word(line);
        if (next_word(line) == established && wanted.contains(ipv4_of(remote))) {
            ++count;
        }
    }
    return count;
}

base::Result<std::size_t> count_open_connections(const std::set<std::string>& addresses) {
    TRY(const auto tables, read_tables());
    return count_connections(tables, addresses);
}

Listeners count_listeners(std::string_view proc_net_tcp, const std::set<std::uint16_t>& ports) {
    Listeners out;
    while (!proc_net_tcp.empty()) {
        auto line = proc_net_tcp.substr(0, proc_net_tcp.find('\n'));
        proc_net_tcp.remove_prefix(std::min(line.size() + 1, proc_net_tcp.size()));
        static_cast<void>(next_word(line));
        const auto local = next_word(line);
        static_cast<void>(next_word(line));
        const auto state = next_word(line);
        const auto queues = next_word(line);
        const auto port = from_hex(local.substr(std::min(local.size(), local.find(':') + 1)));
        if (!ports.contains(static_cast<std::uint16_t>(port))) {
            continue;
        }
        if (state == listening) {
            ++out.listening;
            // Of a listener, the second number is how many wait to be accepted.
            out.waiting += from_hex(queues.substr(std::min(queues.size(), queues.find(':') + 1)));
        } else if (state == half_open) {
            ++out.waiting;
        }
    }
    return out;
}

base::Result<Listeners> look_at_listeners(const std::set<std::uint16_t>& ports) {
    TRY(const auto tables, read_tables());
    return count_listeners(tables, ports);
}

}  // namespace itsup::deploy
