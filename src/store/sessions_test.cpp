#include <runtime/test_loop.hpp>
#include <store/database.hpp>
#include <store/sessions.hpp>
#include <store/webhook_deliveries.hpp>

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>

namespace itsup::store {
namespace {

using namespace std::chrono_literals;

const base::Timestamp noon = base::parse_rfc3339("2026-08-21T12:00:00.123456789Z").value();

class Keeping : public testing::Test {
  protected:
    Keeping() {
        std::string pattern =
            (std::filesystem::temp_directory_path() / "itsup_keeping_XXXXXX").string();
        folder_ = ::mkdtemp(pattern.data());
        database_ = std::move(Database::open((folder_ / "itsup.db").string(), pool_)).value();
    }
    ~Keeping() override {
        database_.reset();
        std::filesystem::remove_all(folder_);
    }

    runtime::TestLoop loop_;
    runtime::BlockingPool pool_{2};
    std::filesystem::path folder_;
    std::unique_ptr<Database> database_;
};

access::Session session(const std::string& name, base::Timestamp used) {
    const auto hash = access::hash_token(name);
    return {.id_hash = hash,
            .token_mark = access::hash_token("mark"),
            .caller = {.name = name,
                       .role = model::Role::operator_,
                       .kind = access::CredentialKind::session,
                       .session_id = hash},
            .created_at = noon,
            .last_used_at = used};
}

TEST_F(Keeping, SessionsComeBackAsTheyWere) {
    Sessions store(*database_);
    ASSERT_TRUE(loop_.run(store.replace({session("ann", noon), session("bob", noon + 1s)})));
    const auto back = loop_.run(store.all()).value();
    ASSERT_EQ(back.size(), 2U);
    EXPECT_EQ(back[0].caller.name, "bob");
    const auto& ann = back[1];
    EXPECT_EQ(ann.id_hash, access::hash_token("ann"));
    EXPECT_EQ(ann.token_mark, access::hash_token("mark"));
    EXPECT_EQ(ann.caller.role, model::Role::operator_);
    EXPECT_EQ(ann.caller.session_id, ann.id_hash);
    EXPECT_EQ(ann.created_at, noon);
    ASSERT_TRUE(loop_.run(store.replace({})));
    EXPECT_TRUE(loop_.run(store.all()).value().empty());
}

TEST_F(Keeping, ADeliveryIsTakenOnce) {
    WebhookDeliveries store(*database_);
    const std::vector<std::string> keys{"github id 1", "github content a"};
    EXPECT_EQ(loop_.run(store.take(keys, noon)).value(), std::nullopt);
    EXPECT_EQ(loop_.run(store.take(keys, noon)).value(), "");
    ASSERT_TRUE(loop_.run(store.note(keys, "/reconcile/runs/7")));
    // Each of its keys is enough.
    EXPECT_EQ(loop_.run(store.take({"github id 1"}, noon)).value(), "/reconcile/runs/7");
    EXPECT_EQ(loop_.run(store.take({"github id 2", "github content a"}, noon)).value(),
              "/reconcile/runs/7");
    EXPECT_EQ(loop_.run(store.take({"github id 2"}, noon)).value(), std::nullopt);
    ASSERT_TRUE(loop_.run(store.forget(keys)));
    EXPECT_EQ(loop_.run(store.take(keys, noon)).value(), std::nullopt);
}

TEST_F(Keeping, DeliveriesAreForgottenByAgeAndNumber) {
    WebhookDeliveries store(*database_);
    EXPECT_EQ(loop_.run(store.take({"old"}, noon)).value(), std::nullopt);
    EXPECT_TRUE(loop_.run(store.take({"old"}, noon + WebhookDeliveries::kept_for)).value());
    EXPECT_FALSE(loop_.run(store.take({"old"}, noon + WebhookDeliveries::kept_for + 1s)).value());
    std::vector<std::string> many;
    for (std::size_t i = 0; i < WebhookDeliveries::keys_max; ++i) {
        many.push_back("key " + std::to_string(i));
    }
    EXPECT_FALSE(loop_.run(store.take(many, noon + WebhookDeliveries::kept_for + 2s)).value());
    EXPECT_FALSE(loop_.run(store.take({"old"}, noon + WebhookDeliveries::kept_for + 3s)).value());
}

}  // namespace
}  // namespace itsup::store
