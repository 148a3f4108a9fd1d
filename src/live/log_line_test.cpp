#include <live/log_line.hpp>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstddef>

namespace itsup::live {
namespace {

TEST(LogLine, AnIdIsNeverLongerThanAClientCanSendBack) {
    const auto now = base::SystemClock().now();
    LogCursor cursor(now);
    for (std::size_t n = 0; n < sse_containers_max; ++n) {
        const auto id = fmt::format("{:012x}", n);
        cursor.enter(id, now);
        cursor.advance(id, model::LogStreamKind::stdout_stream, {now, 999'999});
        cursor.advance(id, model::LogStreamKind::stderr_stream, {now, 999'999});
    }
    EXPECT_EQ(sse_id_of(LogShape::sse, cursor), cursor.text());
    EXPECT_LT(cursor.text().size(), std::size_t{8} << 10U);
    EXPECT_EQ(sse_id_of(LogShape::ndjson, cursor), "");

    cursor.enter("one more", now);
    HubLine line;
    const LogOrigin origin(1, "id", "shop", "web", "shop-web-1");
    line.origin = &origin;
    std::string out;
    render_line(out, LogShape::sse, line, sse_id_of(LogShape::sse, cursor));
    EXPECT_EQ(out.substr(0, out.find("data")), "event: line\nid: \n") << "the id is taken back";
}

}  // namespace
}  // namespace itsup::live
