#pragma once

#include <base/secret.hpp>

#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace itsup::live {

/// Replaces the values of known secrets by `[masked]`: as they are, line by line where a value has
/// several, base64 (both alphabets, wherever the value lies in what was encoded), percent-encoded
/// and escaped for JSON. Pure and immutable.
class Masker {
  public:
    /// Shorter values are left alone: `1` or `true` would mask half of every log.
    static constexpr std::size_t value_bytes_min = 6;
    static constexpr std::string_view replacement = "[masked]";

    Masker() = default;
    explicit Masker(const std::vector<base::Secret>& values);

    [[nodiscard]] bool empty() const { return patterns_.empty(); }
    /// True and `text` replaced when something was found; the longest match from the left wins.
    bool mask(std::string& text) const;
    /// The same into `out`; text without a secret is appended as it is.
    void append_masked(std::string& out, std::string_view text) const;
    [[nodiscard]] bool finds(std::string_view text) const;

  private:
    friend class MaskStream;
    static constexpr std::size_t prefix_bytes = 4;

    /// Length of the longest pattern that begins at `at`, 0 for none.
    [[nodiscard]] std::size_t match(std::string_view text, std::size_t at) const;
    /// First position from `at` on where one begins, npos for none.
    [[nodiscard]] std::size_t next(std::string_view text, std::size_t at) const;
    void add_value(const std::string& value);
    void add_pattern(std::string pattern);

    std::vector<base::Secret> patterns_;
    std::size_t longest_ = 0;
    /// Pairs of bytes with which a pattern begins: nearly every position is dismissed here.
    std::bitset<65536> pairs_;
    /// First four bytes → patterns, longest first.
    std::unordered_map<std::uint32_t, std::vector<std::size_t>> by_prefix_;
};

/// Masks text that arrives in pieces: a secret that lies across a border is found too. Holds back
/// what may still become one.
class MaskStream {
  public:
    MaskStream() = default;
    explicit MaskStream(std::shared_ptr<const Masker> masker) : masker_(std::move(masker)) {}

    /// What is fed from now on, and what is held back, is masked by this one; nullptr for none.
    void use(std::shared_ptr<const Masker> masker) { masker_ = std::move(masker); }
    /// Appends to `out` what is certain.
    void feed(std::string_view text, std::string& out);
    /// The end of the text: appends the rest.
    void finish(std::string& out);
    [[nodiscard]] bool holds() const { return !held_.empty(); }

  private:
    std::shared_ptr<const Masker> masker_;
    std::string held_;
};

/// Gives the secrets of a project as they are now, and those that its containers may still print;
/// nullptr for none. Asked each time that something is read, because secrets change.
class MaskerSource {
  public:
    virtual ~MaskerSource() = default;
    virtual std::shared_ptr<const Masker> masker_of(std::string_view project) = 0;
};

}  // namespace itsup::live
