#include <config/file_schema.hpp>
#include <schema/indented.hpp>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <fmt/format.h>

namespace itsup::config {

namespace {

namespace json = boost::json;

/// Read by rules that no schema of keys can tell.
constexpr std::string_view other_files = R"(
## Files without a schema

| file | what itsUP does with it |
|---|---|
| `projects/P/docker-compose.yml` | Compose's own format; `itsup validate` asks Compose itself. |
| `projects/traefik.yml` | Merged over Traefik's generated static file: mappings key by key, all else replaces what was there, lists as a whole. Traefik's own keys. `${NAME}` in it is an error, because Traefik fills in nothing. |
| `projects/middlewares.yml` | The same over the generated middlewares: `http`, `tcp` and `tls` at the top. |
| `secrets/P.txt`, `secrets/P.enc.txt` | `NAME=value` lines, the latter sealed by sops: what Compose fills in as `${NAME}` in the project P. `itsup` are the host's own. `#` begins a comment line, `export ` in front and one pair of quotes around a value are taken off, nothing is filled in; of two equal names the last counts. |
| `.env` | Settings of the daemon and the commands (`ITSUP_LISTEN`, `SSH_HOST`, …) as such lines; `$NAME` and `${NAME}` are filled in from the lines above and the environment, but not between single quotes. It reaches no project. |
| `projects/P/files/` | Mirrored to `upstream/P/files/`, any size, permissions kept. A symbolic link in it is refused. |
)";

json::object section_schema(const FileSection& section);

json::array either(json::object first, json::object second) {
    return {std::move(first), std::move(second)};
}

/// YAML 1.1's words and the strings that stand for them, in any case.
json::object boolean_schema() {
    return {{"anyOf", json::array{json::object{{"type", "boolean"}}, json::object{{"enum", {0, 1}}},
                                  json::object{{"type", "string"},
                                               {"pattern",
                                                "^([01]|[tT]|[fF]|[yY]|[nN]|[tT][rR][uU][eE]|"
                                                "[fF][aA][lL][sS][eE]|[yY][eE][sS]|[nN][oO]|"
                                                "[oO][nN]|[oO][fF][fF])$"}}}}};
}

/// 0 counts as unset where null does.
json::object port_schema(bool takes_null) {
    json::object number{{"type", "integer"}, {"minimum", takes_null ? 0 : 1}, {"maximum", 65535}};
    json::object text{{"type", "string"}, {"pattern", "^\\s*\\+?[0-9]+(_[0-9]+)*(\\.0+)?\\s*$"}};
    return {{"anyOf", either(std::move(number), std::move(text))}};
}

json::object texts_schema() {
    return {{"type", "array"}, {"items", {{"type", "string"}}}};
}

json::object word_schema(std::span<const std::string_view> words) {
    json::array names;
    for (const auto word : words) {
        names.emplace_back(json::string(word));
    }
    return {{"enum", std::move(names)}};
}

json::object rows_schema(const FileSection& section) {
    return {{"type", "array"}, {"items", section_schema(section)}};
}

json::object value_schema(const FileKey& key) {
    switch (key.kind) {
        case ValueKind::boolean:
            return boolean_schema();
        case ValueKind::port:
            return port_schema(key.takes_null);
        case ValueKind::text:
            return {{"type", "string"}};
        case ValueKind::texts:
            return texts_schema();
        case ValueKind::word:
            return word_schema(key.words);
        case ValueKind::source_text:
            return {{"type", {"string", "number"}}};
        case ValueKind::proxy_protocol:
            return {{"enum", {1, 2, "1", "2"}}};
        case ValueKind::section:
            return section_schema(*key.section);
        case ValueKind::rows:
            return rows_schema(*key.section);
    }
    return {};
}

json::object key_schema(const FileKey& key) {
    auto out = value_schema(key);
    if (key.takes_null) {
        out = {{"anyOf", either(std::move(out), {{"type", "null"}})}};
    }
    out["description"] = json::string(key.meaning);
    if (!key.fallback.empty()) {
        out["default"] = json::parse({key.fallback.data(), key.fallback.size()});
    }
    return out;
}

json::object section_schema(const FileSection& section) {
    json::object properties;
    for (const auto& key : section.keys) {
        properties[json::string_view(key.name.data(), key.name.size())] = key_schema(key);
    }
    json::object out{{"type", "object"}, {"properties", std::move(properties)}};
    if (!section.is_shared) {
        // Unknown keys have no effect: an editor shall say so. `x-` keys are everybody's.
        out["patternProperties"] = {{"^x-", json::object{}}};
        out["additionalProperties"] = false;
    }
    return out;
}

std::string_view kind_text(const FileKey& key) {
    switch (key.kind) {
        case ValueKind::boolean:
            return "true or false";
        case ValueKind::port:
            return "a port, 1 to 65535";
        case ValueKind::text:
        case ValueKind::source_text:
            return "text";
        case ValueKind::texts:
            return "a list of texts";
        case ValueKind::word:
            return {};
        case ValueKind::proxy_protocol:
            return "1 or 2";
        case ValueKind::section:
            return "a mapping, see below";
        case ValueKind::rows:
            return "a list of mappings, see below";
    }
    return {};
}

void write_section(std::string& out, std::string_view path, const FileSection& section) {
    if (!path.empty()) {
        out += fmt::format("### `{}`\n\n", path);
    }
    out += "| key | value | without it | meaning |\n|---|---|---|---|\n";
    for (const auto& key : section.keys) {
        const auto value = key.kind == ValueKind::word
                               ? fmt::format("`{}`", fmt::join(key.words, "`, `"))
                               : std::string(kind_text(key));
        out += fmt::format("| `{}` | {} | {} | {} |\n", key.name, value,
                           key.fallback.empty() ? "–" : fmt::format("`{}`", key.fallback),
                           key.meaning);
    }
    out += '\n';
    for (const auto& key : section.keys) {
        if (key.section != nullptr) {
            const auto* rows = key.kind == ValueKind::rows ? "[]" : "";
            const auto* dot = path.empty() ? "" : ".";
            write_section(out, fmt::format("{}{}{}{}", path, dot, key.name, rows), *key.section);
        }
    }
}

}  // namespace

std::string make_file_schema(const ConfigFile& file) {
    json::object out{{"$schema", "https://json-schema.org/draft/2020-12/schema"},
                     {"title", json::string(file.path)},
                     {"description", json::string(file.meaning)}};
    for (auto& member : section_schema(*file.top)) {
        out.insert_or_assign(member.key(), std::move(member.value()));
    }
    // An empty file is the defaults.
    out["type"] = {"object", "null"};
    return schema::to_indented(out);
}

std::string make_file_docs() {
    std::string out =
        "# Configuration files\n\n"
        "This page is made by `itsup schema --docs`. Every mistake in these files is named by "
        "`itsup validate` with file, line, column and what to do. A JSON Schema of each is printed "
        "by `itsup schema NAME` and served at `/schemas/NAME`; an editor takes it from a first "
        "line such as `# yaml-language-server: $schema=…`. Keys that begin with `x-` are yours.\n";
    for (const auto& file : config_files()) {
        out += fmt::format("\n## `{}`\n\n{} Schema: `{}`.\n\n```yaml\n{}```\n\n", file.path,
                           file.meaning, file.name, file.example);
        write_section(out, "", *file.top);
        out.pop_back();
    }
    out += other_files;
    return out;
}

}  // namespace itsup::config
