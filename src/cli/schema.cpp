#include <cli/context.hpp>
#include <cli/schema.hpp>
#include <config/file_schema.hpp>

#include <fmt/format.h>

namespace itsup::cli {

int run_schema(const std::optional<std::string>& name, bool docs) {
    if (docs) {
        fmt::print("{}", config::make_file_docs());
        return exit_ok;
    }
    if (!name) {
        for (const auto& file : config::config_files()) {
            fmt::print("{:<16}{}\n", file.name, file.path);
        }
        return exit_ok;
    }
    const auto* file = config::find_config_file(*name);
    if (file == nullptr) {
        fmt::print(stderr, "There is no file called \"{}\"; `itsup schema` lists them.\n", *name);
        return exit_usage;
    }
    fmt::print("{}", config::make_file_schema(*file));
    return exit_ok;
}

}  // namespace itsup::cli
