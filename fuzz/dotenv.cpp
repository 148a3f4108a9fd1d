// Any bytes as .env, with interpolation: it ends, and values stay bounded.
#include <config/secrets.hpp>

#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto parsed = itsup::config::parse_dotenv(text, "input", {{"HOME", "/root"}});
    for (const auto& item : parsed.values) {
        if (item.first.empty() || item.second.size() > 65'536)
            std::abort();
    }
    return 0;
}
