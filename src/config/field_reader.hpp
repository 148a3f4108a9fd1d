#pragma once

#include <config/file_keys.hpp>
#include <model/document.hpp>
#include <model/problem.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace itsup::config {

/// Collects problems of one file and knows the way to say where they are.
class ProblemList {
  public:
    explicit ProblemList(std::string file) : file_(std::move(file)) {}
    void error(model::Mark mark, std::string path, std::string message, std::string hint = {});
    void warning(model::Mark mark, std::string path, std::string message, std::string hint = {});
    void append(model::Problems problems);
    [[nodiscard]] const std::string& file() const { return file_; }
    [[nodiscard]] model::Problems take() { return std::move(problems_); }

  private:
    std::string file_;
    model::Problems problems_;
};

/// Reads one mapping by the list of its keys, with the original's coercions (contract §5.3). Each
/// call says one problem for one wrong value and goes on; `finish()` warns about keys that are not
/// in the list. Every key that is read must be in it, with the kind that it is read as.
class FieldReader {
  public:
    /// `path` is the mapping's own key path, empty for the top.
    FieldReader(const model::Node& mapping, const FileSection& section, std::string path,
                ProblemList& problems);

    void read_bool(std::string_view key, bool& out);
    /// A port, 1 to 65535.
    void read_port(std::string_view key, std::uint16_t& out);
    /// The same, or null, or 0, which counts as unset.
    void read_port(std::string_view key, std::optional<std::uint16_t>& out);
    void read_string(std::string_view key, std::optional<std::string>& out);
    /// A scalar as it was written: versions look like numbers and must not become any. Null and
    /// absent are empty.
    void read_source_text(std::string_view key, std::string& out);
    /// Its index among the key's words.
    std::optional<std::size_t> read_word(std::string_view key);
    void read_strings(std::string_view key, std::vector<std::string>& out);
    /// nullopt when it is absent, null or wrong.
    std::optional<FieldReader> open_section(std::string_view key);
    /// The value as it is.
    [[nodiscard]] const model::Node* find(std::string_view key) const;

    [[nodiscard]] std::string path_of(std::string_view key) const;
    [[nodiscard]] model::Mark mark_of(std::string_view key) const;
    /// In a mapping that is shared with other tools only what looks like a slip is named.
    void finish();

  private:
    [[nodiscard]] const model::Node* value_of(std::string_view key, ValueKind kind) const;
    [[nodiscard]] const FileKey& declared(std::string_view key, ValueKind kind) const;
    std::optional<std::uint16_t> port_value(std::string_view key, const model::Node& node,
                                            bool zero_is_unset);
    model::Node mapping_;
    const FileSection& section_;
    std::string path_;
    ProblemList& problems_;
};

/// A string as the original takes it: a YAML string in every version, not a number, boolean or
/// date.
bool is_string_value(const model::Node& node);
/// A truth in any spelling of the original's, which are Compose's, too; nullopt when it is none.
std::optional<bool> to_bool(const model::Node& node);
/// A few words for what a value is, for messages: `the number 80`.
std::string describe(const model::Node& node);

}  // namespace itsup::config
