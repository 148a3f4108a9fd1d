#include <model/digest.hpp>

#include <fmt/format.h>
#include <sodium/crypto_hash_sha256.h>

#include <array>

namespace itsup::model {

std::string short_digest(std::string_view text) {
    std::array<unsigned char, crypto_hash_sha256_BYTES> digest{};
    crypto_hash_sha256(digest.data(), reinterpret_cast<const unsigned char*>(text.data()),
                       text.size());
    std::string out;
    for (std::size_t i = 0; i < 6; ++i)
        out += fmt::format("{:02x}", digest[i]);
    return out;
}

}  // namespace itsup::model
