// The overrides are YAML 1.1, as the original reads them: its words and its numbers in base 60 come
// out as what they mean, because Traefik refuses the words themselves.
#include "golden/golden_case.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace itsup::golden {
namespace {

constexpr auto words = R"(
api: {dashboard: yes, insecure: NO}
entryPoints:
  web: {reusePort: on, transport: {lifeCycle: {graceTimeOut: 1:30}}}
  web-secure: {reusePort: True}
log: {compress: Off, filePath: 'on'}
)";
constexpr auto values = R"(
api: {dashboard: true, insecure: false}
entryPoints:
  web: {reusePort: true, transport: {lifeCycle: {graceTimeOut: 90}}}
  web-secure: {reusePort: true}
log: {compress: false, filePath: 'on'}
)";
constexpr auto middleware_words = R"(
http:
  middlewares:
    default-headers: {headers: {frameDeny: no}}
    strip: {stripPrefix: {prefixes: [/on], forceSlash: YES}}
)";
constexpr auto middleware_values = R"(
http:
  middlewares:
    default-headers: {headers: {frameDeny: false}}
    strip: {stripPrefix: {prefixes: [/on], forceSlash: true}}
)";

Outcome with_overrides(const std::string& traefik, const std::string& middlewares) {
    auto test_case = read_case(std::filesystem::path(ITSUP_GOLDEN_CASES) / "035-traefik-override");
    test_case.files.traefik_yml = traefik;
    test_case.files.middlewares_yml = middlewares;
    return run_case(test_case);
}

TEST(Override, WordsComeOutAsTheValuesThatTheyMean) {
    const auto in_words = with_overrides(words, middleware_words);
    const auto in_values = with_overrides(values, middleware_values);
    EXPECT_THAT(in_words.errors, testing::IsEmpty());
    ASSERT_TRUE(in_values.texts.contains("proxy/traefik/traefik.yml"));
    // The bytes, and with them the hash and the shared ports in the proxy's Compose file.
    EXPECT_EQ(in_words.texts, in_values.texts);
    EXPECT_THAT(in_words.texts.at("proxy/docker-compose.yml"), testing::HasSubstr("shared-ports"));
}

}  // namespace
}  // namespace itsup::golden
