#include <deploy/port_gate.hpp>
#include <runtime/subprocess.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <utility>
#include <vector>

namespace itsup::deploy {

namespace {

constexpr std::chrono::seconds nft_max{5};
constexpr std::size_t output_bytes_max = std::size_t{64} << 10U;

}  // namespace

runtime::Task<> PortGate::run(std::string script) {
    runtime::ProcessSpec spec{.arguments = {settings_.program, "-f", "-"},
                              .environment = settings_.environment,
                              .input = std::move(script),
                              .limit = nft_max};
    CO_TRY(const auto done, co_await runtime::capture_process(std::move(spec), output_bytes_max));
    if (!done.status.ok()) {
        co_return base::make_error(base::ErrorKind::unavailable,
                                   fmt::format("nft: {}", done.err.substr(0, done.err.find('\n'))));
    }
    co_return base::Result<>{};
}

runtime::Task<> PortGate::check() {
    return open();
}

runtime::Task<> PortGate::open() {
    // Made first, so that there is one to delete; nft does all of it or nothing.
    return run(fmt::format("table inet {0}\ndelete table inet {0}\n", settings_.table));
}

runtime::Task<> PortGate::close(std::set<std::uint16_t> ports, std::chrono::seconds limit) {
    std::vector<std::string> elements;
    elements.reserve(ports.size());
    for (const auto port : ports) {
        elements.push_back(fmt::format("{} timeout {}s", port, limit.count()));
    }
    return run(
        fmt::format("table inet {0}\n"
                    "delete table inet {0}\n"
                    "table inet {0} {{\n"
                    "  set ports {{\n"
                    "    type inet_service\n"
                    "    flags timeout\n"
                    "    elements = {{ {1} }}\n"
                    "  }}\n"
                    "  chain input {{\n"
                    "    type filter hook input priority -150\n"
                    "    tcp dport @ports tcp flags & (fin|syn|rst|ack) == syn drop\n"
                    "  }}\n"
                    "}}\n",
                    settings_.table, fmt::join(elements, ", ")));
}

}  // namespace itsup::deploy
