// Any bytes as a secrets file: keys are such as an environment can hold, and no warning shows a
// value.
#include <config/secrets.hpp>

#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto parsed = itsup::config::parse_secrets(text, "input");
    for (const auto& [key, value] : parsed.values) {
        if (key.empty() || key.find('=') != std::string::npos)
            std::abort();
        if (value.reveal().find('\n') != std::string::npos)
            std::abort();
        if (value.reveal().find('\0') != std::string::npos)
            std::abort();
    }
    return 0;
}
