#pragma once

#include <boost/json/value.hpp>

#include <string>

namespace itsup::schema {

/// JSON for people and for diffs: members in their order, one a line, a newline at the end.
std::string to_indented(const boost::json::value& value);

}  // namespace itsup::schema
