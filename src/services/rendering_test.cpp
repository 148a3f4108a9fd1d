#include <runtime/files.hpp>
#include <services/rendering.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

namespace itsup::services {
namespace {

using ::testing::HasSubstr;

class Rendered : public ::testing::Test {
  protected:
    Rendered() {
        std::string name = ::testing::TempDir() + "/render-XXXXXX";
        root_.path = ::mkdtemp(name.data());
        put("projects/itsup.yml",
            "traefikDomain: t.test\nrouterIP: 10.0.0.1\nversions: {traefik: v3.6}\n");
        put("projects/shop/docker-compose.yml", "services:\n  web:\n    image: demo:1\n");
        put("projects/shop/itsup-project.yml", "enabled: true\n");
    }
    ~Rendered() override { std::filesystem::remove_all(root_.path); }

    void put(const std::string& path, const std::string& text) const {
        const auto folder = runtime::Directory::open(root_.path);
        const runtime::FileTree tree{{path, {text, 0644}}};
        ASSERT_TRUE(folder->write_tree(tree, {}).has_value());
    }
    static RenderInputs inputs() {
        RenderInputs out;
        out.secrets["LETSENCRYPT_EMAIL"] = base::Secret("a@t.test");
        out.secrets["TRAEFIK_ADMIN"] = base::Secret("admin:x");
        out.listen = {.address = "127.0.0.1", .port = 9999};
        out.traefik_token = base::Secret("abc");
        return out;
    }

    InstallRoot root_;
};

TEST_F(Rendered, HasEveryStackAndKeepsSecretsFromOthers) {
    const auto tree = render_everything(root_, inputs());
    ASSERT_TRUE(tree.has_value()) << tree.error().message;
    EXPECT_TRUE(tree->tree.contains("dns/docker-compose.yml"));
    EXPECT_TRUE(tree->tree.contains("upstream/shop/docker-compose.yml"));
    const auto& api = tree->tree.at("proxy/traefik/dynamic/itsup-api.yml");
    EXPECT_THAT(api.bytes, HasSubstr("X-Itsup-Token"));
    EXPECT_EQ(api.mode, 0600U);
}

TEST_F(Rendered, LeadsTheDaemonsOwnRouteToWhereItListens) {
    put("projects/itsup/itsup-project.yml",
        "host: 127.0.0.1\ningress:\n  - {domain: i.test, port: 9999}\n");
    const auto proxy = render_stack(root_, *model::ProjectName::parse("proxy"), inputs());
    ASSERT_TRUE(proxy.has_value()) << proxy.error().message;
    const auto& http = proxy->files.at("proxy/traefik/dynamic/routers-http.yml").bytes;
    EXPECT_THAT(http, HasSubstr("http://127.0.0.1:9999"));
    // Its own health check and rate limit mark it as the daemon's.
    EXPECT_THAT(http, HasSubstr("/health"));
}

TEST_F(Rendered, LeavesADnsStackOfThePersonsOwnAlone) {
    put("dns/docker-compose.yml", "services: {}\n");
    const auto dns = render_stack(root_, *model::ProjectName::parse("dns"), inputs());
    ASSERT_TRUE(dns.has_value());
    EXPECT_TRUE(dns->files.empty());
}

TEST_F(Rendered, IsNothingWhenOneProjectIsWrong) {
    put("projects/bad/itsup-project.yml", "ingress: 7\n");
    EXPECT_TRUE(render_everything(root_, inputs()).has_error());
    // The others can be rendered for themselves.
    EXPECT_TRUE(render_stack(root_, *model::ProjectName::parse("shop"), inputs()).has_value());
}

TEST_F(Rendered, IsNothingFromAnOlderSchema) {
    put("projects/itsup.yml",
        "schemaVersion: 1.9.0\ntraefikDomain: t.test\nrouterIP: 10.0.0.1\n"
        "versions: {traefik: v3.6}\n");
    const auto shop = render_stack(root_, *model::ProjectName::parse("shop"), inputs());
    ASSERT_TRUE(shop.has_error());
    EXPECT_THAT(shop.error().message, HasSubstr("itsup migrate"));
    EXPECT_TRUE(render_stack(root_, *model::ProjectName::parse("proxy"), inputs()).has_error());
}

}  // namespace
}  // namespace itsup::services
