#include <runtime/files.hpp>
#include <services/dotenv.hpp>
#include <services/root_reader.hpp>

#include <utility>

namespace itsup::services {

base::Result<config::ParsedDotenv> read_dotenv(const std::string& folder,
                                               const config::DotenvMap& environment) {
    auto opened = runtime::Directory::open(folder);
    auto content = opened ? opened->read_file(".env", config_file_bytes_max)
                          : base::Result<runtime::FileContent>(std::move(opened).error());
    if (content) {
        return config::parse_dotenv(content->bytes, ".env", environment);
    }
    if (content.error().kind == base::ErrorKind::not_found) {
        return config::ParsedDotenv{};
    }
    return std::move(content).error();
}

}  // namespace itsup::services
