#include <artifacts/diff.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <sstream>

namespace itsup::artifacts {
namespace {

TEST(UnifiedDiff, IsEmptyForEqualTexts) {
    EXPECT_EQ(unified_diff("a\nb\n", "a\nb\n", "f"), "");
}

TEST(UnifiedDiff, ShowsAChangeInItsContext) {
    EXPECT_EQ(unified_diff("1\n2\n3\n4\n5\n6\n7\n8\n", "1\n2\n3\n4\nfive\n6\n7\n8\n", "f"),
              "--- a/f\n+++ b/f\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n");
}

TEST(UnifiedDiff, SplitsFarChangesIntoHunks) {
    std::string before;
    std::string after;
    for (int i = 1; i <= 30; ++i) {
        before += std::to_string(i) + "\n";
        if (i != 3)
            after += std::to_string(i) + "\n";
        if (i == 25)
            after += "new\n";
    }
    EXPECT_EQ(unified_diff(before, after, "f"),
              "--- a/f\n+++ b/f\n@@ -1,6 +1,5 @@\n 1\n 2\n-3\n 4\n 5\n 6\n"
              "@@ -23,6 +22,7 @@\n 23\n 24\n 25\n+new\n 26\n 27\n 28\n");
}

TEST(UnifiedDiff, SaysWhichSideIsAbsentAndWhereNoNewlineEnds) {
    EXPECT_EQ(unified_diff("", "a\n", "f", Side::absent),
              "--- /dev/null\n+++ b/f\n@@ -0,0 +1 @@\n+a\n");
    EXPECT_EQ(unified_diff("a", "a\n", "f"),
              "--- a/f\n+++ b/f\n@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+a\n");
    EXPECT_EQ(unified_diff("a\n", "", "f", Side::present, Side::absent),
              "--- a/f\n+++ /dev/null\n@@ -1 +0,0 @@\n-a\n");
}

/// Applies a diff of ours, strictly: every context and removed line must be where it says.
std::string patched(const std::string& text, const std::string& diff) {
    std::vector<std::string> lines;
    std::istringstream source(text);
    for (std::string line; std::getline(source, line);)
        lines.push_back(line);
    std::string out;
    std::size_t next = 0;
    std::istringstream patch(diff);
    for (std::string line; std::getline(patch, line);) {
        if (line.starts_with("---") || line.starts_with("+++"))
            continue;
        if (line.starts_with("@@")) {
            const auto start = std::stoul(line.substr(4));
            const bool is_empty = line.find(",0 +") != std::string::npos;
            while (next + 1 < start + (is_empty ? 1 : 0))
                out += lines.at(next++) + "\n";
        } else if (line[0] == '+') {
            out += line.substr(1) + "\n";
        } else {
            EXPECT_EQ(lines.at(next), line.substr(1));
            if (line[0] == ' ')
                out += line.substr(1) + "\n";
            ++next;
        }
    }
    while (next < lines.size())
        out += lines[next++] + "\n";
    return out;
}

TEST(UnifiedDiff, GivesTheNewTextWhenApplied) {
    std::mt19937 random(7);
    for (int round = 0; round < 300; ++round) {
        std::string before;
        std::string after;
        for (int i = 0; i < 40; ++i) {
            const auto line = std::to_string(random() % 6) + "\n";
            if (random() % 5 != 0)
                before += line;
            if (random() % 5 != 0)
                after += line;
        }
        EXPECT_EQ(patched(before, unified_diff(before, after, "f")), after);
    }
}

TEST(UnifiedDiff, StaysBoundedForTextsWithNothingInCommon) {
    std::string before;
    std::string after;
    for (int i = 0; i < 20'000; ++i) {
        before += "a" + std::to_string(i) + "\n";
        after += "b" + std::to_string(i) + "\n";
    }
    const auto diff = unified_diff(before, after, "f");
    EXPECT_TRUE(diff.find("@@ -1,20000 +1,20000 @@") != std::string::npos);
}

TEST(DiffSets, NamesAddedChangedAndRemovedFiles) {
    const ArtifactSet on_disk{{"a", {"1\n"}}, {"b", {"1\n"}}, {"c", {"1\n"}}};
    const ArtifactSet wanted{{"b", {"1\n"}}, {"c", {"2\n"}}, {"d", {"1\n"}}};
    const auto plans = diff_sets(on_disk, wanted);
    ASSERT_EQ(plans.size(), 3U);
    EXPECT_EQ(plans[0].path, "a");
    EXPECT_EQ(plans[1].path, "c");
    EXPECT_EQ(plans[2].path, "d");
}

}  // namespace
}  // namespace itsup::artifacts
