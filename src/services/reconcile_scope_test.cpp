#include <services/reconcile_scope.hpp>

#include <gtest/gtest.h>

namespace itsup::services {
namespace {

using Names = std::set<std::string>;

TEST(ReconcileScope, AFolderConcernsItsProject) {
    ReconcileScope scope;
    add_projects_paths(
        scope, {"shop/docker-compose.yml", "shop/files/a/b", "blog/itsup-project.yml", "README.md",
                ".gitignore", ".github/workflows/x.yml"});
    EXPECT_EQ(scope, (ReconcileScope{false, Names{"blog", "shop"}}));
}

TEST(ReconcileScope, TheRootsOwnFilesConcernMore) {
    ReconcileScope scope;
    add_projects_paths(scope, {"middlewares.yml"});
    EXPECT_EQ(scope, (ReconcileScope{false, Names{"proxy"}}));
    add_projects_paths(scope, {"itsup.yml"});
    EXPECT_TRUE(scope.everything);
}

TEST(ReconcileScope, ASecretsFileConcernsItsProject) {
    ReconcileScope scope;
    add_secrets_paths(scope, {"shop.enc.txt", "blog.txt", "itsup.enc.txt", ".sops.yaml",
                              "old/x.txt", ".txt", "README.md"});
    EXPECT_EQ(scope, (ReconcileScope{false, Names{"blog", "proxy", "shop"}}));
}

}  // namespace
}  // namespace itsup::services
