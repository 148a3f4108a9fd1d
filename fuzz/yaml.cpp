// Any bytes as YAML: refused, or read; what was read is written and reads back as the same tree.
#include <artifacts/yaml_emitter.hpp>
#include <config/yaml_parser.hpp>

#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    itsup::config::YamlLimits limits;
    limits.expanded_values_max = 20'000;
    limits.expanded_bytes_max = 1'000'000;
    const auto parsed = itsup::config::parse_yaml(text, "input", limits);
    if (!parsed.ok())
        return 0;
    const auto emitted = itsup::artifacts::emit_yaml(parsed.root);
    const auto again = itsup::config::parse_yaml(emitted, "emitted");
    if (!again.ok() || itsup::artifacts::emit_yaml(again.root) != emitted)
        std::abort();
    return 0;
}
