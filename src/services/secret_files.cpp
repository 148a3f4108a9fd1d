#include <config/secrets.hpp>
#include <model/names.hpp>
#include <runtime/files.hpp>
#include <runtime/subprocess.hpp>
#include <services/root_reader.hpp>
#include <services/secret_files.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>

namespace itsup::services {

namespace {

constexpr std::chrono::seconds sops_max{30};
constexpr mode_t only_ours = 0600;
constexpr mode_t for_git = 0644;
constexpr std::string_view plain_suffix = ".txt";
constexpr std::string_view sealed_suffix = ".enc.txt";

std::string plain_name(std::string_view name) {
    return fmt::format("{}{}", name, plain_suffix);
}
std::string sealed_name(std::string_view name) {
    return fmt::format("{}{}", name, sealed_suffix);
}

/// What sops makes of a .txt without being told a type is JSON around one blob.
std::string type_of(std::string_view sealed) {
    return sealed.starts_with('{') ? "binary" : "dotenv";
}

/// Whether both say the same to whoever reads secrets.
bool means_the_same(const base::Secret& left, const base::Secret& right) {
    const auto a = config::parse_secrets(left.reveal(), "").values;
    const auto b = config::parse_secrets(right.reveal(), "").values;
    return a.size() == b.size() &&
           std::equal(a.begin(), a.end(), b.begin(), [](const auto& one, const auto& other) {
               return one.first == other.first && one.second.equals(other.second.reveal());
           });
}

}  // namespace

base::Result<std::string> parse_secret_name(std::string_view text) {
    TRY(const auto name, model::ProjectName::parse(text));
    return name.str();
}

base::Result<std::vector<std::string>> SecretFiles::plain_names() const {
    std::vector<std::string> out;
    TRY(const auto folder, runtime::Directory::open(root_.secrets()));
    TRY(const auto entries, folder.list(""));
    for (const auto& entry : entries) {
        const std::string_view file = entry.name;
        if (file.ends_with(plain_suffix) && !file.ends_with(sealed_suffix) &&
            !file.starts_with('.')) {
            out.emplace_back(file.substr(0, file.size() - plain_suffix.size()));
        }
    }
    return out;
}

bool SecretFiles::has_encrypted(const std::string& name) const {
    return has_encrypted_secrets(root_, name);
}

base::Result<base::Secret> SecretFiles::read_plain(const std::string& name) const {
    TRY(auto text, read_plain_secrets(root_, name));
    if (!text) {
        return base::make_error(base::ErrorKind::not_found,
                                fmt::format("there is no secrets/{}", plain_name(name)));
    }
    return base::Secret(*std::move(text));
}

base::Result<> SecretFiles::write_plain(const std::string& name, const base::Secret& text) const {
    TRY(const auto folder, runtime::Directory::open(root_.secrets()));
    const runtime::FileTree tree{{plain_name(name), {text.reveal(), only_ours}}};
    TRY(const auto changes, folder.write_tree(tree, {}));
    static_cast<void>(changes);
    return {};
}

base::Result<> SecretFiles::remove_plain(const std::string& name) const {
    TRY(const auto folder, runtime::Directory::open(root_.secrets()));
    return folder.remove_file(plain_name(name));
}

runtime::Task<std::string> SecretFiles::run_sops(std::vector<std::string> arguments,
                                                 base::Secret input, std::string subject) const {
    runtime::ProcessSpec spec{.arguments = {"sops"},
                              .environment = environment_,
                              .directory = root_.secrets(),
                              .input = input.reveal(),
                              .limit = sops_max};
    std::ranges::move(arguments, std::back_inserter(spec.arguments));
    auto done = co_await runtime::capture_process(std::move(spec), config_file_bytes_max);
    if (done.has_error()) {
        co_return base::make_error(
            base::ErrorKind::unavailable,
            "the program sops is missing: install it from https://github.com/getsops/sops",
            done.error().message);
    }
    if (!done->status.ok()) {
        const auto words = done->err.substr(0, done->err.find_last_not_of('\n') + 1);
        co_return base::make_error(
            base::ErrorKind::unavailable,
            fmt::format("{}: sops ended with {}: {}", subject, done->status.describe(), words));
    }
    co_return std::move(done->out);
}

runtime::Task<base::Secret> SecretFiles::unseal(std::string name, base::Secret bytes) const {
    const auto type = type_of(bytes.reveal());
    std::vector<std::string> arguments{"--config",  root_.secrets() + "/.sops.yaml",
                                       "--decrypt", "--input-type",
                                       type,        "--output-type",
                                       type,        "/dev/stdin"};
    CO_TRY(auto text, co_await run_sops(std::move(arguments), std::move(bytes), sealed_name(name)));
    co_return base::Secret(std::move(text));
}

runtime::Task<base::Secret> SecretFiles::decrypt(std::string name) const {
    CO_TRY(const auto folder, runtime::Directory::open(root_.secrets()));
    auto sealed = folder.read_file(sealed_name(name), config_file_bytes_max);
    if (sealed.has_error()) {
        co_return std::move(sealed).error().with_context("secrets");
    }
    co_return co_await unseal(std::move(name), base::Secret(std::move(sealed->bytes)));
}

runtime::Task<std::string> SecretFiles::seal(std::string name, base::Secret text,
                                             std::string type) const {
    std::vector<std::string> arguments{"--config",
                                       root_.secrets() + "/.sops.yaml",
                                       "--encrypt",
                                       "--input-type",
                                       type,
                                       "--output-type",
                                       type == "binary" ? "json" : type,
                                       "--filename-override",
                                       fmt::format("{}/{}", root_.secrets(), sealed_name(name)),
                                       "/dev/stdin"};
    CO_TRY(auto sealed, co_await run_sops(std::move(arguments), text, sealed_name(name)));
    CO_TRY(const auto back, co_await unseal(name, base::Secret(sealed)));
    if (!means_the_same(back, text)) {
        co_return base::make_error(
            base::ErrorKind::conflict,
            fmt::format("{} would not say the same when it is decrypted again", sealed_name(name)));
    }
    co_return sealed;
}

runtime::Task<Encrypted> SecretFiles::encrypt(std::string name, base::Secret text,
                                              Again again) const {
    CO_TRY(const auto folder, runtime::Directory::open(root_.secrets()));
    const auto rules = folder.read_file(".sops.yaml", config_file_bytes_max);
    if (rules.has_error()) {
        co_return base::make_error(
            base::ErrorKind::not_found,
            "there is no secrets/.sops.yaml: make a key with `age-keygen -o "
            "~/.config/sops/age/keys.txt`, and write `creation_rules: [{age: <the public key>}]`");
    }
    std::string type = "dotenv";
    if (const auto known = folder.read_file(sealed_name(name), config_file_bytes_max)) {
        type = type_of(known->bytes);
        auto before = co_await unseal(name, base::Secret(known->bytes));
        if (before.has_error()) {
            // What we cannot read we must not replace: it may hold more than we know.
            co_return std::move(before).error().with_context(
                "the file that is there would be lost");
        }
        if (before->equals(text.reveal()) && again == Again::no) {
            co_return Encrypted::already_equal;
        }
    }
    auto sealed = co_await seal(name, text, type);
    if (sealed.has_error() && type == "dotenv") {
        // Not every secrets file is one that sops takes for dotenv.
        sealed = co_await seal(name, text, "binary");
    }
    CO_TRY(auto bytes, std::move(sealed));
    const runtime::FileTree tree{{sealed_name(name), {std::move(bytes), for_git}}};
    CO_TRY(const auto changes, folder.write_tree(tree, {}));
    static_cast<void>(changes);
    co_return Encrypted::written;
}

}  // namespace itsup::services
