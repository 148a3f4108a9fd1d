#include <base/id.hpp>
#include <model/names.hpp>

#include <algorithm>
#include <string>

namespace itsup::model {

namespace {

bool is_lower_or_digit(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}
bool is_word(char c) {
    return is_lower_or_digit(c) || (c >= 'A' && c <= 'Z') || c == '_';
}

}  // namespace

base::Result<ProjectName> ProjectName::parse(std::string_view text) {
    const bool fits = !text.empty() && text.size() <= 63 && is_lower_or_digit(text.front()) &&
                      std::ranges::all_of(text, [](char c) {
                          return is_lower_or_digit(c) || c == '_' || c == '-';
                      });
    if (!fits) {
        return base::make_invalid(
            "name",
            "a project name has 1 to 63 of a-z 0-9 _ - and starts with a letter "
            "or digit");
    }
    return ProjectName{std::string{text}};
}

base::Result<ServiceName> ServiceName::parse(std::string_view text) {
    const bool fits =
        !text.empty() && text.size() <= 128 && is_word(text.front()) &&
        std::ranges::all_of(text, [](char c) { return is_word(c) || c == '.' || c == '-'; });
    if (!fits) {
        return base::make_invalid(
            "service",
            "a service name has 1 to 128 of a-z A-Z 0-9 . _ - and starts with a "
            "letter, digit or _");
    }
    return ServiceName{std::string{text}};
}

base::Result<DeploymentId> DeploymentId::parse(std::string_view text) {
    if (!base::is_uuid(text)) {
        return base::make_invalid("id", "a deployment id is a lower-case UUID");
    }
    return DeploymentId{std::string{text}};
}

}  // namespace itsup::model
