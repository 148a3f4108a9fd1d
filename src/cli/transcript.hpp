#pragma once

#include <cli/operations.hpp>

#include <boost/json/object.hpp>

#include <string>
#include <string_view>

namespace itsup::cli {

/// Prints the events of one deployment as they come and remembers how it ended.
class Transcript {
  public:
    /// `label` stands in front of every line: for several at once. With `as_json` every event is
    /// one line of JSON.
    Transcript(bool as_json, std::string label) : json_(as_json), label_(std::move(label)) {}

    /// False after the last one.
    bool take(const ServerEvent& event);
    [[nodiscard]] bool succeeded() const { return succeeded_; }

  private:
    void print(std::string_view event, const boost::json::object& data) const;
    void finish(const boost::json::object& deployment);

    bool json_;
    std::string label_;
    bool succeeded_ = false;
};

}  // namespace itsup::cli
