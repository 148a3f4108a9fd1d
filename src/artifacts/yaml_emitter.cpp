#include <artifacts/yaml_emitter.hpp>
#include <model/scalar.hpp>

#include <fmt/format.h>

#include <cstddef>
#include <string_view>

namespace itsup::artifacts {

namespace {

using model::Entry;
using model::Node;
using model::NodeKind;
using model::ScalarStyle;
using model::ScalarType;

constexpr std::size_t simple_key_bytes_max = 1000;

class Emitter {
  public:
    std::string run(const Node& root);

  private:
    void value(const Node& node, std::size_t indent, bool in_mapping);
    void sequence(const Node& node, std::size_t indent);
    void mapping(const Node& node, std::size_t indent, bool continues_line);
    void entry(const Entry& item, std::size_t indent);
    void literal(const Node& node, std::size_t indent);
    void start_line(std::size_t indent) { out_.append(indent, ' '); }
    std::string out_;
};

std::string inline_scalar(const Node& node);
bool fits_literal(const Node& node);

std::string Emitter::run(const Node& root) {
    if (root.is_scalar() && root.is_null())
        return "null\n";
    if (root.is_mapping() && !root.entries().empty() && root.tag().empty()) {
        mapping(root, 0, /*continues_line=*/false);
    } else if (root.is_sequence() && !root.items().empty() && root.tag().empty()) {
        sequence(root, 0);
    } else {
        out_ += "---";
        value(root, 0, /*in_mapping=*/true);
    }
    return std::move(out_);
}

/// What stands after `key:` or `-`, with the line's end. `indent` is the parent's.
void Emitter::value(const Node& node, std::size_t indent, bool in_mapping) {
    if (!node.is_scalar() && !node.tag().empty())
        out_ += " " + node.tag();
    switch (node.kind()) {
        case NodeKind::scalar:
            if (fits_literal(node))
                return literal(node, indent);
            if (const auto text = inline_scalar(node); !text.empty())
                out_ += " " + text;
            out_ += '\n';
            return;
        case NodeKind::sequence:
            if (node.items().empty()) {
                out_ += " []\n";
                return;
            }
            out_ += '\n';
            sequence(node, in_mapping ? indent : indent + 2);
            return;
        case NodeKind::mapping:
            if (node.entries().empty()) {
                out_ += " {}\n";
            } else if (in_mapping || !node.tag().empty()) {
                out_ += '\n';
                mapping(node, indent + 2, /*continues_line=*/false);
            } else {
                out_ += ' ';
                mapping(node, indent + 2, /*continues_line=*/true);
            }
            return;
    }
}

void Emitter::sequence(const Node& node, std::size_t indent) {
    for (const auto& item : node.items()) {
        start_line(indent);
        out_ += '-';
        value(item, indent, /*in_mapping=*/false);
    }
}

void Emitter::mapping(const Node& node, std::size_t indent, bool continues_line) {
    for (const auto& item : node.entries()) {
        if (!continues_line)
            start_line(indent);
        continues_line = false;
        entry(item, indent);
    }
}

void Emitter::entry(const Entry& item, std::size_t indent) {
    const auto key = inline_scalar(item.key);
    if (key.size() > simple_key_bytes_max) {
        out_ += "? " + key + '\n';
        start_line(indent);
    } else {
        out_ += key.empty() ? "null" : key;
    }
    out_ += ':';
    value(item.value, indent, /*in_mapping=*/true);
}

void Emitter::literal(const Node& node, std::size_t indent) {
    const auto& text = node.text();
    if (!node.tag().empty())
        out_ += " " + node.tag();
    out_ += " |";
    if (text[0] == ' ' || text[0] == '\t' || text[0] == '\n')
        out_ += '2';
    if (!text.ends_with('\n')) {
        out_ += '-';
    } else if (text.ends_with("\n\n")) {
        out_ += '+';
    }
    out_ += '\n';
    std::size_t begin = 0;
    while (begin < text.size()) {
        const auto end = std::min(text.find('\n', begin), text.size());
        if (end > begin)
            start_line(indent + 2);
        out_.append(text, begin, end - begin);
        out_ += '\n';
        begin = end + 1;
    }
}

/// Code points that stand in YAML only as an escape; every reader must take what we write.
bool needs_escape(std::string_view text) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        if (byte < 0x20 || byte == 0x7f) {
            if (byte != '\t' && byte != '\n')
                return true;
        } else if (byte == 0xc2 && i + 1 < text.size()) {
            if (static_cast<unsigned char>(text[i + 1]) < 0xa0)
                return true;
        } else if (byte < 0xe0) {
            continue;
        } else if (text.substr(i, 3) == "\u2028" || text.substr(i, 3) == "\u2029" ||
                   text.substr(i, 3) == "\ufeff" || text.substr(i, 3) == "\uffff" ||
                   text.substr(i, 3) == "\ufffe") {
            return true;
        }
    }
    return false;
}

bool fits_literal(const Node& node) {
    if (node.style() != ScalarStyle::literal && node.style() != ScalarStyle::folded)
        return false;
    const auto& text = node.text();
    return text.find_first_not_of("\n \t") != std::string::npos && !needs_escape(text);
}

std::string single_quoted(std::string_view text) {
    std::string out = "'";
    for (const char c : text) {
        out += c;
        if (c == '\'')
            out += c;
    }
    return out + '\'';
}

std::string escape_of(unsigned char byte) {
    switch (byte) {
        case '\0':
            return "\\0";
        case '\t':
            return "\\t";
        case '\n':
            return "\\n";
        case '\r':
            return "\\r";
        case 0x1b:
            return "\\e";
        case '"':
            return "\\\"";
        case '\\':
            return "\\\\";
        default:
            return fmt::format("\\x{:02X}", byte);
    }
}

std::string double_quoted(std::string_view text) {
    std::string out = "\"";
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        const auto three = text.substr(i, 3);
        if (byte < 0x20 || byte == 0x7f || byte == '"' || byte == '\\') {
            out += escape_of(byte);
        } else if (byte == 0xc2 && i + 1 < text.size() &&
                   static_cast<unsigned char>(text[i + 1]) < 0xa0) {
            out += fmt::format("\\x{:02X}", static_cast<unsigned char>(text[++i]));
        } else if (three.size() == 3 && needs_escape(three) && byte >= 0xe0) {
            out += three == "\u2028"   ? "\\u2028"
                   : three == "\u2029" ? "\\u2029"
                   : three == "\ufeff" ? "\\uFEFF"
                   : three == "\uffff" ? "\\uFFFF"
                                       : "\\uFFFE";
            i += 2;
        } else {
            out += text[i];
        }
    }
    return out + '"';
}

/// True when text can stand without quotes in block context, whatever it is then read as.
bool is_plain_text(std::string_view text) {
    if (text.empty() || text.front() == ' ' || text.back() == ' ' || text.back() == ':')
        return false;
    if (text.find_first_of("\n\t") != std::string_view::npos || needs_escape(text))
        return false;
    if (text.find(": ") != std::string_view::npos || text.find(" #") != std::string_view::npos) {
        return false;
    }
    if (text.starts_with("---") || text.starts_with("..."))
        return false;
    if (std::string_view("-?:").find(text[0]) != std::string_view::npos) {
        return text.size() > 1 && text[1] != ' ';
    }
    return std::string_view(",[]{}#&*!|>'\"%@`").find(text[0]) == std::string_view::npos;
}

std::string quoted(std::string_view text) {
    if (text.find('\n') != std::string_view::npos || needs_escape(text))
        return double_quoted(text);
    return single_quoted(text);
}

std::string styled(const Node& node) {
    const auto& text = node.text();
    switch (node.style()) {
        case ScalarStyle::automatic:
            // y and n are booleans to some readers.
            if (is_plain_text(text) && text != "y" && text != "n" && text != "Y" && text != "N" &&
                model::resolve_plain(text) == ScalarType::string && model::is_yaml11_string(text)) {
                return text;
            }
            return quoted(text);
        case ScalarStyle::plain:
            // A plain scalar over several lines may hold what cannot stand on one; it is a string.
            return text.empty() || is_plain_text(text) ? text : quoted(text);
        case ScalarStyle::single_quoted:
            return quoted(text);
        case ScalarStyle::double_quoted:
        case ScalarStyle::literal:
        case ScalarStyle::folded:
            break;
    }
    return double_quoted(text);
}

std::string inline_scalar(const Node& node) {
    auto text = styled(node);
    if (node.tag().empty())
        return text;
    if (text.empty() && node.tag() != "!!null")
        text = "''";
    return text.empty() ? node.tag() : node.tag() + " " + text;
}

}  // namespace

std::string emit_yaml(const model::Node& root) {
    return Emitter().run(root);
}

}  // namespace itsup::artifacts
