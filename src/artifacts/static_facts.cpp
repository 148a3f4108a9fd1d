#include <artifacts/proxy_parts.hpp>

#include <fmt/format.h>
#include <sodium.h>

#include <array>
#include <optional>
#include <string_view>

namespace itsup::artifacts {

namespace {

using model::Node;

constexpr std::size_t hash_bytes_shown = 8;

std::string hash_of(const std::string& bytes) {
    std::array<unsigned char, crypto_hash_sha256_BYTES> digest{};
    crypto_hash_sha256(digest.data(), reinterpret_cast<const unsigned char*>(bytes.data()),
                       bytes.size());
    std::string out;
    for (std::size_t i = 0; i < hash_bytes_shown; ++i) {
        out += fmt::format("{:02x}", digest[i]);
    }
    return out;
}

bool is_shared(const Node& entrypoint) {
    const auto* reuse = entrypoint.find("reusePort");
    return reuse != nullptr && reuse->is_scalar() && reuse->text() == "true";
}

/// `:8443/tcp` → `8443`; nullopt for udp, and for what only this host reaches.
std::optional<std::string> public_tcp_port(std::string_view address) {
    if (address.ends_with("/udp") || address.starts_with("127.") ||
        address.starts_with("localhost") || address.starts_with("[::1]")) {
        return std::nullopt;
    }
    address = address.substr(0, address.find('/'));
    return std::string(address.substr(address.rfind(':') + 1));
}

}  // namespace

StaticFacts static_facts(const Node& static_config, const std::string& bytes) {
    StaticFacts out{.hash = hash_of(bytes), .shared_ports = {}};
    const auto* entrypoints = static_config.find("entryPoints");
    if (entrypoints == nullptr) {
        return out;
    }
    for (const auto& entry : entrypoints->entries()) {
        if (!is_shared(entry.value)) {
            out.shared_ports.clear();
            return out;
        }
        const auto* address = entry.value.find("address");
        if (address != nullptr) {
            if (auto port = public_tcp_port(address->text())) {
                out.shared_ports.push_back(*std::move(port));
            }
        }
    }
    return out;
}

}  // namespace itsup::artifacts
