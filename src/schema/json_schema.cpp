#include <schema/json_schema.hpp>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

#include <utility>

namespace itsup::schema::detail {

void apply_text_rule(json::object& out, const FieldRule& rule) {
    if (rule.length_min > 0) {
        out["minLength"] = rule.length_min;
    }
    out["maxLength"] = rule.length_max;
    if (rule.pattern.empty()) {
        // What check_text refuses everywhere.
        out["pattern"] = "^[^\\x00-\\x08\\x0B\\x0C\\x0E-\\x1F\\x7F]*$";
    } else {
        out["pattern"] = "^(?:" + std::string(rule.pattern) + ")$";
    }
    if (!rule.format.empty()) {
        out["format"] = rule.format;
    }
}

void apply_range(json::object& out, const FieldRule& rule) {
    if (rule.minimum) {
        out["minimum"] = *rule.minimum;
    }
    if (rule.maximum) {
        out["maximum"] = *rule.maximum;
    }
}

void apply_notes(json::object& out, const FieldRule& rule) {
    if (!rule.description.empty()) {
        out["description"] = rule.description;
    }
    if (!rule.example.empty()) {
        out["examples"] =
            json::array{json::parse(json::string_view(rule.example.data(), rule.example.size()))};
    }
}

json::object make_nullable(json::object schema) {
    if (const auto* type = schema.if_contains("type"); type != nullptr && type->is_string()) {
        schema["type"] = json::array{*type, "null"};
        if (auto* values = schema.if_contains("enum")) {
            values->as_array().emplace_back(nullptr);
        }
        return schema;
    }
    return {{"oneOf", json::array{std::move(schema), json::object{{"type", "null"}}}}};
}

json::object make_reference(std::string_view name) {
    return {{"$ref", "#/components/schemas/" + std::string(name)}};
}

}  // namespace itsup::schema::detail
