#include <config/secrets.hpp>
#include <runtime/child_environment.hpp>
#include <runtime/files.hpp>
#include <runtime/subprocess.hpp>
#include <services/root_reader.hpp>
#include <services/secret_store.hpp>

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace itsup::services {

namespace {

constexpr std::string_view infrastructure = "itsup";
constexpr std::chrono::seconds sops_max{20};

std::string plain_path(const InstallRoot& root, std::string_view name) {
    return fmt::format("{}/{}.txt", root.secrets(), name);
}
std::string encrypted_path(const InstallRoot& root, std::string_view name) {
    return fmt::format("{}/{}.enc.txt", root.secrets(), name);
}

base::Error no_sops(const base::Error& cause) {
    return base::make_error(
        base::ErrorKind::unavailable,
        "the file is encrypted and the program sops is missing: install it from "
        "https://github.com/getsops/sops",
        cause.message);
}

}  // namespace

std::map<std::string, std::string> sops_environment(const std::vector<std::string>& environment) {
    return runtime::child_environment(environment, [](std::string_view name) {
        return name == "XDG_CONFIG_HOME" || name.starts_with("SOPS_");
    });
}

model::Problems problems_of(const SecretSet& set) {
    auto problems = set.warnings;
    if (set.error) {
        problems.push_back({.file = "secrets", .message = set.error->message});
    }
    return problems;
}

SecretStore::SecretStore(InstallRoot root, runtime::BlockingPool& pool,
                         std::map<std::string, std::string> environment)
    : root_(std::move(root)), pool_(pool), environment_(std::move(environment)) {}

SecretStore::Identity SecretStore::identity_of(const std::string& path) {
    struct stat info {};
    if (::lstat(path.c_str(), &info) != 0) {
        return {};
    }
    return {.present = true,
            .inode = info.st_ino,
            .size = info.st_size,
            .modified_ns = info.st_mtim.tv_sec * 1'000'000'000LL + info.st_mtim.tv_nsec};
}

runtime::Task<std::string> SecretStore::decrypt(std::string path) {
    const auto config = root_.secrets() + "/.sops.yaml";
    runtime::ProcessSpec spec{
        .arguments = {"sops"}, .environment = environment_, .limit = sops_max};
    if (identity_of(config).present) {
        spec.arguments.insert(spec.arguments.end(), {"--config", config});
    }
    spec.arguments.emplace_back("-d");
    auto look = [this, path]() -> base::Result<bool> {
        TRY(const auto folder, runtime::Directory::open(root_.secrets()));
        TRY(const auto content,
            folder.read_file(path.substr(path.rfind('/') + 1), config_file_bytes_max));
        // What sops makes of a .txt without being told a type is JSON around one blob.
        return content.bytes.starts_with('{');
    };
    CO_TRY(const bool is_binary, co_await pool_.run(std::move(look)));
    if (!is_binary) {
        spec.arguments.insert(spec.arguments.end(),
                              {"--input-type", "dotenv", "--output-type", "dotenv"});
    }
    spec.arguments.push_back(path);
    auto done = co_await runtime::capture_process(std::move(spec), config_file_bytes_max);
    if (done.has_error()) {
        // Only a program that cannot be started is one that is missing.
        co_return done.error().kind == base::ErrorKind::unavailable ? no_sops(done.error())
                                                                    : done.error();
    }
    if (!done->status.ok()) {
        co_return base::make_error(base::ErrorKind::unavailable,
                                   fmt::format("sops could not decrypt it ({}): is the age key in "
                                               "~/.config/sops/age/keys.txt or SOPS_AGE_KEY_FILE?",
                                               done->status.describe()),
                                   done->err);
    }
    co_return std::move(done->out);
}

runtime::Task<SecretSet> SecretStore::read(std::string name, Identities identities) {
    SecretSet out;
    std::string text;
    std::string file;
    if (identities.encrypted.present) {
        file = fmt::format("secrets/{}.enc.txt", name);
        auto decrypted = co_await decrypt(encrypted_path(root_, name));
        if (decrypted.has_error()) {
            out.error = std::move(decrypted).error().with_context(file);
            co_return out;
        }
        text = *std::move(decrypted);
    } else if (identities.plain.present) {
        file = fmt::format("secrets/{}.txt", name);
        auto look = [this, name] { return read_plain_secrets(root_, name); };
        auto plain = co_await pool_.run(std::move(look));
        if (plain.has_error()) {
            out.error = std::move(plain).error().with_context(file);
            co_return out;
        }
        text = std::move(*plain).value_or("");
    }
    auto parsed = config::parse_secrets(text, file);
    out.values = std::move(parsed.values);
    out.warnings = std::move(parsed.problems);
    co_return out;
}

runtime::Task<> SecretStore::refresh(std::vector<std::string> names) {
    names.emplace_back(infrastructure);
    std::ranges::sort(names);
    std::erase_if(entries_, [&](const auto& entry) {
        const bool gone = !std::ranges::binary_search(names, entry.first);
        if (gone) {
            retire(entry.first, entry.second.set.values, {});
        }
        return gone;
    });
    for (auto& name : names) {
        CO_TRY_VOID(co_await renew(std::move(name)));
    }
    co_return base::Result<>{};
}

runtime::Task<> SecretStore::renew(std::string name) {
    const Identities now{.encrypted = identity_of(encrypted_path(root_, name)),
                         .plain = identity_of(plain_path(root_, name))};
    const auto known = entries_.find(name);
    const bool failed = known != entries_.end() && known->second.set.error.has_value();
    if (known != entries_.end() && known->second.identities == now && !failed) {
        co_return base::Result<>{};
    }
    CO_TRY(auto set, co_await read(name, now));
    auto& entry = entries_[name];
    retire(name, entry.set.values, set.values);
    entry = {.identities = now, .set = std::move(set)};
    co_return base::Result<>{};
}

void SecretStore::retire(const std::string& name, const SecretMap& before, const SecretMap& now) {
    maskers_.clear();
    for (const auto& [key, value] : before) {
        const auto is_same = [&value = value](const base::Secret& other) {
            return other.equals(value.reveal());
        };
        const bool kept = std::ranges::any_of(now, is_same, &SecretMap::value_type::second);
        if (!kept && !value.empty()) {
            former_.push_back({name, value});
        }
    }
    while (former_.size() > former_max) {
        former_.pop_front();
    }
}

void SecretStore::also_mask(base::Secret value) {
    also_masked_.push_back(std::move(value));
    maskers_.clear();
}

const SecretSet& SecretStore::of(std::string_view name) const {
    static const SecretSet none;
    const auto found = entries_.find(name);
    return found == entries_.end() ? none : found->second.set;
}

bool SecretStore::has_former(std::string_view name) const {
    return std::ranges::any_of(former_, [&](const auto& former) { return former.name == name; });
}

std::shared_ptr<const live::Masker> SecretStore::masker_of(std::string_view project) {
    if (const auto made = maskers_.find(project); made != maskers_.end()) {
        return made->second;
    }
    if (!entries_.contains(project) && !has_former(project)) {
        if (project == infrastructure) {
            return nullptr;
        }
        return masker_of(infrastructure);
    }
    auto values = also_masked_;
    for (const auto name : {project, infrastructure}) {
        for (const auto& [key, value] : of(name).values) {
            values.push_back(value);
        }
    }
    for (const auto& former : former_) {
        if (former.name == project || former.name == infrastructure) {
            values.push_back(former.value);
        }
    }
    auto made = std::make_shared<const live::Masker>(values);
    maskers_.emplace(project, made);
    return made;
}

}  // namespace itsup::services
