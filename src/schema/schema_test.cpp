#include <schema/decode.hpp>
#include <schema/json_schema.hpp>
#include <schema/write.hpp>

#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>

namespace itsup::schema {
namespace {

enum class Colour { red, operator_ };
BOOST_DESCRIBE_ENUM(Colour, red, operator_)

struct Inner {
    std::string name;
    int size = 0;
};
BOOST_DESCRIBE_STRUCT(Inner, (), (name, size))

struct Outer {
    std::optional<std::string> note;
    std::vector<Inner> items;
    bool force = false;
    Colour colour = Colour::red;
    std::map<std::string, int> counts;
};
BOOST_DESCRIBE_STRUCT(Outer, (), (note, items, force, colour, counts))

struct Input {
    std::vector<std::string> services;
    std::optional<int> tail;
    bool force = false;
    std::optional<Inner> inner;
    Colour colour = Colour::red;
};
BOOST_DESCRIBE_STRUCT(Input, (), (services, tail, force, inner, colour))

struct Query {
    std::vector<std::string> services;
    std::optional<int> tail;
    bool force = false;
    Colour colour = Colour::red;
};
BOOST_DESCRIBE_STRUCT(Query, (), (services, tail, force, colour))

}  // namespace

template <>
struct Rules<Input> {
    static constexpr FieldRule list[] = {
        {.name = "services", .required = true, .pattern = "[a-z]+", .items_max = 3},
        {.name = "tail", .minimum = 0, .maximum = 100},
    };
    static constexpr std::span<const FieldRule> fields{list};
    static constexpr std::string_view description = "An input.";
};

template <>
struct Rules<Inner> {
    static constexpr FieldRule list[] = {
        {.name = "name", .pattern = "[a-z]+", .pattern_words = "a word of letters"}};
    static constexpr std::span<const FieldRule> fields{list};
    static constexpr std::string_view description = {};
};

namespace {

TEST(Write, WritesDescribedStructs) {
    const Outer value{.items = {{"a\"b", 2}}, .colour = Colour::operator_, .counts = {{"x", 1}}};
    EXPECT_EQ(to_json(value), R"({"note":null,"items":[{"name":"a\"b","size":2}],"force":false,)"
                              R"("colour":"operator","counts":{"x":1}})");
}

TEST(Write, ReplacesWhatIsNotUtf8AndEscapesControls) {
    std::string out;
    write_text(out, "\xC3\xA9\xFF\x01\n\xED\xA0\x80");
    EXPECT_EQ(out, "\"\xC3\xA9\xEF\xBF\xBD\\u0001\\n\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"");
}

TEST(FromJson, ReadsEveryMember) {
    const auto in = from_json<Input>(
        R"({"services":["web"],"tail":5,"force":true,"inner":{"name":"x","size":3},"colour":"operator"})");
    ASSERT_TRUE(in.has_value());
    EXPECT_EQ(in->services.at(0), "web");
    EXPECT_EQ(in->tail, 5);
    EXPECT_EQ(in->inner->size, 3);
    EXPECT_EQ(in->colour, Colour::operator_);
}

TEST(FromJson, NamesEveryProblemByItsPointer) {
    const auto in = from_json<Input>(R"~({"services":["web","$(id)"],"tail":101,"forse":true,)~"
                                     R"~("inner":{"name":7,"size":99999999999}})~");
    ASSERT_FALSE(in.has_value());
    EXPECT_EQ(in.error().kind, base::ErrorKind::invalid);
    std::vector<std::string> pointers;
    for (const auto& field : in.error().fields) {
        pointers.push_back(field.pointer);
    }
    EXPECT_EQ(pointers, (std::vector<std::string>{"/services/1", "/tail", "/inner/name",
                                                  "/inner/size", "/forse"}));
    EXPECT_EQ(in.error().fields.back().detail, "is not known; did you mean \"force\"?");
}

TEST(FromJson, RefusesWhatIsNoJson) {
    for (const auto* text : {"{", "nope", "{}x", "[1,]", "{\"a\":1,}", "\x01"}) {
        EXPECT_EQ(from_json<Input>(text).error().kind, base::ErrorKind::malformed) << text;
    }
    EXPECT_EQ(from_json<Input>("[]").error().kind, base::ErrorKind::invalid);
    EXPECT_EQ(from_json<Input>(std::string(100, '[')).error().kind, base::ErrorKind::malformed);
    EXPECT_EQ(from_json<Input>("").error().fields.at(0).pointer, "/services");
}

TEST(FromJson, RefusesAKeyThatStandsTwiceAndNamesIt) {
    const auto refused = [](std::string_view text) { return from_json<Input>(text).error(); };
    const auto error = refused(R"({"services":["web"],"force":true,"force":false})");
    EXPECT_EQ(error.kind, base::ErrorKind::malformed);
    EXPECT_EQ(error.message, "/force stands twice");
    EXPECT_EQ(error.fields.at(0), (base::FieldError{"/force", "stands twice"}));
    EXPECT_EQ(refused(R"({"services":["web"],"inner":{"name":"a","name":"b"}})").message,
              "/inner/name stands twice");
    EXPECT_EQ(refused(R"({"services":["a",{"b/~":{}},[1,{"k":1,"k":1}]]})").message,
              "/services/2/1/k stands twice");
    EXPECT_EQ(refused(R"({"\u0066orce":true,"force":true})").message, "/force stands twice");
    EXPECT_EQ(refused(R"({"b/~":1,"b/~":1})").message, "/b~1~0 stands twice");
}

TEST(FromJson, TakesTheSameKeyInDifferentObjects) {
    EXPECT_EQ(
        from_json<Input>(R"({"services":["a"],"inner":{"name":"force"},"force":true})")->force,
        true);
}

TEST(FromParameters, ReadsListsFlagsAndNumbers) {
    const auto in = from_parameters<Query>({{"services", "a"},
                                            {"services", "b"},
                                            {"tail", "7"},
                                            {"force", ""},
                                            {"colour", "operator"}});
    ASSERT_TRUE(in.has_value()) << in.error().message;
    EXPECT_EQ(in->services.size(), 2U);
    EXPECT_EQ(in->tail, 7);
    EXPECT_TRUE(in->force);
    EXPECT_EQ(in->colour, Colour::operator_);
}

TEST(FromJson, SaysInWordsWhatAPatternMeans) {
    const auto error = from_json<Input>(R"({"services":["web"],"inner":{"name":"7"}})").error();
    EXPECT_EQ(error.message, "/inner/name must be a word of letters");
}

TEST(FromParameters, NamesTheParameter) {
    const auto refused = [](const Parameters& parameters) {
        return from_parameters<Query>(parameters).error().fields.at(0);
    };
    EXPECT_EQ(refused({{"tail", "7;id"}}), (base::FieldError{"tail", "must be an integer"}));
    EXPECT_EQ(refused({{"tail", "1"}, {"tail", "2"}}).detail, "must stand only once");
    EXPECT_EQ(refused({{"tali", "1"}}).detail, "is not known; did you mean \"tail\"?");
    EXPECT_EQ(refused({{"force", "yes"}}).pointer, "force");
    EXPECT_EQ(refused({{"colour", "blue"}}).detail, "must be one of red, operator");
}

TEST(JsonSchema, DescribesInput) {
    SchemaMap named;
    const auto schema = describe_type<Input>({}, Direction::input, named);
    const auto text = json::serialize(schema);
    EXPECT_NE(text.find(R"("required":["services"])"), std::string::npos) << text;
    EXPECT_NE(text.find(R"("maximum":100)"), std::string::npos) << text;
    EXPECT_NE(text.find(R"("additionalProperties":false)"), std::string::npos) << text;
}

}  // namespace
}  // namespace itsup::schema
