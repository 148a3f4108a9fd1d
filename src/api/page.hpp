#pragma once

#include <api/request_scope.hpp>
#include <base/result.hpp>
#include <net/headers.hpp>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace itsup::api {

/// A cursor is the name after which the next page starts, in hexadecimal, so that nobody builds on
/// it.
std::string make_cursor(const std::string& last_name);
/// invalid (`cursor`) when it is none of ours.
base::Result<std::string> read_cursor(const std::string& cursor);
/// `Link: <…>; rel="next"` with the same filters.
void add_next_link(net::Headers& headers, const RequestScope& scope,
                   const std::optional<std::string>& next_cursor);

/// One page of items that are sorted by `name`.
template <class List, class Item>
base::Result<List> page_by_name(std::vector<Item> items, int limit,
                                const std::optional<std::string>& cursor) {
    auto from = items.begin();
    if (cursor) {
        TRY(const auto after, read_cursor(*cursor));
        from = std::ranges::find_if(items, [&](const Item& item) { return item.name > after; });
    }
    const auto count = std::min<std::ptrdiff_t>(limit, std::distance(from, items.end()));
    List page;
    page.items.assign(std::make_move_iterator(from), std::make_move_iterator(from + count));
    if (from + count != items.end()) {
        page.next_cursor = make_cursor(page.items.back().name);
    }
    return page;
}

}  // namespace itsup::api
