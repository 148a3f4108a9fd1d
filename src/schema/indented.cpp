#include <schema/indented.hpp>

#include <boost/json/serialize.hpp>

namespace itsup::schema {

namespace {

namespace json = boost::json;

void write_indented(std::string& out, const json::value& value, std::size_t depth);

template <class Container, class Write>
void write_block(std::string& out, char open, char close, const Container& items, std::size_t depth,
                 Write write_item) {
    out += open;
    bool first = true;
    for (const auto& item : items) {
        out += first ? "\n" : ",\n";
        first = false;
        out.append(depth + 1, ' ');
        write_item(item);
    }
    if (!first) {
        out += '\n';
        out.append(depth, ' ');
    }
    out += close;
}

void write_indented(std::string& out, const json::value& value, std::size_t depth) {
    if (const auto* object = value.if_object()) {
        write_block(out, '{', '}', *object, depth, [&](const auto& entry) {
            out += json::serialize(json::value(entry.key()));
            out += ": ";
            write_indented(out, entry.value(), depth + 1);
        });
    } else if (const auto* array = value.if_array()) {
        write_block(out, '[', ']', *array, depth,
                    [&](const auto& item) { write_indented(out, item, depth + 1); });
    } else {
        out += json::serialize(value);
    }
}

}  // namespace

std::string to_indented(const json::value& value) {
    std::string out;
    write_indented(out, value, 0);
    out += '\n';
    return out;
}

}  // namespace itsup::schema
