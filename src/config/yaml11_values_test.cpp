#include <config/settings.hpp>
#include <config/yaml11_values.hpp>
#include <config/yaml_parser.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace itsup::config {
namespace {

model::Node value_of(const std::string& text) {
    const auto parsed = parse_yaml("key: " + text + "\n", "f.yml");
    EXPECT_TRUE(parsed.ok()) << text;
    return *with_yaml11_values(parsed.root).find("key");
}

struct Reading {
    std::string source;
    std::string read;
};

/// What PyYAML, which the original reads with, makes of each.
TEST(Yaml11Values, AreThoseOfTheOriginalsReader) {
    const Reading readings[] = {
        {"yes", "true"},      {"Yes", "true"},    {"YES", "true"},        {"on", "true"},
        {"On", "true"},       {"ON", "true"},     {"true", "true"},       {"True", "true"},
        {"TRUE", "true"},     {"no", "false"},    {"No", "false"},        {"NO", "false"},
        {"off", "false"},     {"Off", "false"},   {"OFF", "false"},       {"false", "false"},
        {"False", "false"},   {"FALSE", "false"}, {"!!bool yes", "true"}, {"!!bool 'no'", "false"},
        {"1:30", "90"},       {"-1:30", "-90"},   {"+1:30", "90"},        {"1_0:30", "630"},
        {"22:22", "1342"},    {"1:5", "65"},      {"1:30:15", "5415"},    {"10:00:00", "36000"},
        {"!!int 1:30", "90"}, {"0:30.5", "30.5"}, {"1:30.5", "90.5"},     {"1:30.", "90.0"},
        {"1:30._5", "90.5"},
    };
    for (const auto& [source, read] : readings)
        EXPECT_EQ(value_of(source), model::Node::plain(read)) << source;
}

TEST(Yaml11Values, LeaveWhatBothReadersReadAlike) {
    for (const std::string text :
         {"y",       "N",          "yEs",   "oN",           "truely",
          "8080:80", "1:60",       "1:3a",  "1:_3",         "01:30",
          "0:30",    "1:30.5e3",   "_1:30", "127.0.0.1:80", ":8080",
          "0644",    "1_000",      "0b11",  "0x1F",         "1e3",
          "3.10",    "2024-01-31", "~",     "10s",          "99999999999999999999:00"}) {
        EXPECT_EQ(value_of(text), model::Node::plain(text)) << text;
    }
    EXPECT_EQ(value_of("'yes'"), model::Node::string("yes"));
    EXPECT_EQ(value_of("\"1:30\""), model::Node::string("1:30"));
    EXPECT_EQ(value_of("!!str no").tag(), "!!str");
}

TEST(Yaml11Values, AreFoundAtEveryDepthAndKeysStay) {
    const auto parsed = parse_yaml("on: [yes, {off: no}]\nx: &x {a: yes}\ny: *x\n", "f.yml");
    const auto read = with_yaml11_values(parsed.root);
    const auto& list = *read.find("on");
    EXPECT_EQ(list.items()[0].text(), "true");
    EXPECT_EQ(list.items()[1].find("off")->text(), "false");
    EXPECT_EQ(read.find_path({"y", "a"})->text(), "true");
    EXPECT_EQ(list.mark(), parsed.root.find("on")->mark());
}

TEST(Override, IsReadInTheOriginalsWords) {
    const auto parsed =
        parse_override("api: no\nlog: {noColor: yes}\n", "f.yml", OverrideKind::traefik);
    EXPECT_EQ(parsed.tree.find_path({"log", "noColor"})->text(), "true");
    ASSERT_EQ(parsed.problems.size(), 1U) << "an API that is switched off is warned of";
    EXPECT_EQ(parsed.problems.front().path, "api");
    EXPECT_TRUE(parse_override("# nothing\n", "f.yml", OverrideKind::traefik).tree.is_null());
}

}  // namespace
}  // namespace itsup::config
