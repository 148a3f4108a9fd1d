#include <base/id.hpp>
#include <runtime/files.hpp>
#include <services/root_folder.hpp>
#include <services/traefik_token.hpp>

#include <cstddef>
#include <string>
#include <utility>

namespace itsup::services {

namespace {

constexpr std::string_view file = "data/traefik-api-token";
constexpr std::size_t token_bytes = 32;
constexpr std::size_t file_bytes_max = 1024;
constexpr mode_t only_ours = 0600;

}  // namespace

base::Result<base::Secret> find_traefik_token(const InstallRoot& root) {
    TRY(const auto folder, open_root(root));
    auto content = folder.read_file(file, file_bytes_max);
    if (content.has_error()) {
        return content.error().kind == base::ErrorKind::not_found ? base::Result<base::Secret>({})
                                                                  : std::move(content).error();
    }
    // It becomes a part of a rule: nothing but what we wrote.
    auto& text = content->bytes;
    text.erase(text.find_last_not_of("\n ") + 1);
    if (text.size() != token_bytes * 2 ||
        text.find_first_not_of("0123456789abcdef") != std::string::npos) {
        return base::make_error(
            base::ErrorKind::conflict,
            "data/traefik-api-token is not what itsup wrote: delete it, and apply the proxy");
    }
    return base::Secret(std::move(text));
}

base::Result<base::Secret> ensure_traefik_token(const InstallRoot& root) {
    TRY(auto known, find_traefik_token(root));
    if (!known.empty()) {
        return known;
    }
    TRY(const auto folder, open_root(root));
    auto token = base::random_hex(token_bytes);
    const runtime::FileTree tree{{std::string(file), {token + "\n", only_ours}}};
    TRY(const auto changes, folder.write_tree(tree, {}));
    static_cast<void>(changes);
    return base::Secret(std::move(token));
}

}  // namespace itsup::services
