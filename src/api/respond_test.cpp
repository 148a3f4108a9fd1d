#include <api/documents.hpp>
#include <api/fake_exchange.hpp>
#include <api/respond.hpp>

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

#include <initializer_list>
#include <string>

namespace itsup::api {
namespace {

net::Response answer(const Rendered& body, std::initializer_list<net::Headers::Field> fields) {
    net::Request request{.method = net::Method::get};
    request.headers = net::Headers(fields);
    FakeExchange exchange(std::move(request));
    return json_response({.exchange = exchange, .request_id = "id"}, 200, body);
}

std::string field(const net::Response& response, std::string_view name) {
    auto found = response.headers.find(name);
    if (!found && response.shared_headers) {
        found = response.shared_headers->find(name);
    }
    return std::string(found.value_or(""));
}

TEST(Rendered, AnswersWithItsOwnMediaTypeAndAsksForRevalidation) {
    const auto plain = answer(render_shared("{}", "application/schema+json"), {});
    EXPECT_EQ(plain.status, 200);
    EXPECT_EQ(field(plain, "Content-Type"), "application/schema+json");
    EXPECT_EQ(field(plain, "Cache-Control"), "no-cache");
    EXPECT_EQ(*plain.shared_body, "{}");
}

TEST(Rendered, IsNotSentAgainToWhoHasIt) {
    const auto body = render_shared(R"({"a":1})");
    const auto first = answer(body, {});
    const auto again = answer(body, {{"If-None-Match", field(first, "ETag")}});
    EXPECT_EQ(again.status, 304);
    EXPECT_EQ(field(again, "ETag"), field(first, "ETag"));
    EXPECT_EQ(again.shared_body, nullptr);
    EXPECT_EQ(answer(render_shared(R"({"a":2})"), {{"If-None-Match", body.etag}}).status, 200);
}

TEST(Documents, AreRenderedOnceWithTheirGzipForm) {
    const Documents documents;
    const auto whole = answer(documents.openapi(), {});
    EXPECT_EQ(boost::json::parse(*whole.shared_body).at("openapi").as_string(), "3.1.0");
    EXPECT_EQ(field(whole, "Content-Encoding"), "");
    const auto packed = answer(documents.openapi(), {{"Accept-Encoding", "gzip"}});
    EXPECT_EQ(field(packed, "Content-Encoding"), "gzip");
    EXPECT_LT(packed.shared_body->size() * 4, whole.shared_body->size());
    EXPECT_EQ(answer(documents.openapi(), {{"Accept-Encoding", "gzip"}}).shared_body,
              packed.shared_body)
        << "the same bytes for everybody";
    ASSERT_NE(documents.schema("itsup-project"), nullptr);
    EXPECT_EQ(documents.schema("itsup-project")->media, "application/schema+json");
    EXPECT_EQ(documents.schema("nothere"), nullptr);
}

}  // namespace
}  // namespace itsup::api
