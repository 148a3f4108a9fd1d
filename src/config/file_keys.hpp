#pragma once

#include <initializer_list>
#include <span>
#include <string_view>

namespace itsup::config {

struct FileSection;

/// What the value of a key may be. The readers take the older spellings of contract §5.3, too.
enum class ValueKind {
    boolean,
    /// 1 to 65535.
    port,
    text,
    texts,
    /// One of `words`.
    word,
    /// A scalar by its source text: `3.10` stays `3.10`.
    source_text,
    /// 1 or 2.
    proxy_protocol,
    /// A mapping, described by `section`.
    section,
    /// A list of such mappings.
    rows,
};

/// One key that a person may write.
struct FileKey {
    std::string_view name;
    ValueKind kind = ValueKind::text;
    /// Markdown, a sentence or two: what the key does.
    std::string_view meaning;
    /// What counts where the key is absent, as JSON; empty = nothing is set.
    std::string_view fallback = {};
    bool takes_null = true;
    std::span<const std::string_view> words = {};
    const FileSection* section = nullptr;
};

/// The keys of one mapping.
struct FileSection {
    std::span<const FileKey> keys;
    /// Other tools keep keys of their own in it.
    bool is_shared = false;

    /// nullptr when there is none.
    [[nodiscard]] const FileKey* find(std::string_view name) const;
};

/// One kind of file. The readers, the JSON Schemas and docs/config.md all follow these lists: a
/// reader that asks for a key that is not in them ends the program in a debug build.
struct ConfigFile {
    /// As in `itsup schema NAME` and GET /schemas/NAME.
    std::string_view name;
    /// Below the install root; P stands for a project.
    std::string_view path;
    std::string_view meaning;
    const FileSection* top;
    std::string_view example;
};

std::span<const ConfigFile> config_files();
/// nullptr when there is none.
const ConfigFile* find_config_file(std::string_view name);

/// Of itsup.yml: what is wrong with it concerns every project's deploy.
inline constexpr std::string_view schema_version_key = "schemaVersion";

const FileSection& project_section();
const FileSection& settings_section();
const FileSection& backup_section();

}  // namespace itsup::config
