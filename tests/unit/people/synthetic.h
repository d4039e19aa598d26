// People who are only vectors: a random direction each, their photos scattered around it.
#pragma once

#include <kith/person.h>

#include <algorithm>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "core/vectors.h"
#include "people/template.h"

namespace kith::test {

class Synthetic {
 public:
  explicit Synthetic(int dimension, unsigned seed = 7) : dimension_(dimension), random_(seed) {}

  Embedding direction() {
    Embedding v(static_cast<std::size_t>(dimension_));
    std::normal_distribution<float> normal;
    for (float& x : v) x = normal(random_);
    scale_to_unit(v);
    return v;
  }

  /// @param noise  length of the deviation; 1 gives a cosine of about 0.7.
  Embedding near(const Embedding& centre, float noise) {
    Embedding v = direction();
    for (std::size_t i = 0; i < v.size(); ++i) v[i] = centre[i] + noise * v[i];
    scale_to_unit(v);
    return v;
  }

  Person person(const std::string& name, int photos, float noise = 0.8F) {
    Person result;
    result.name = name;
    result.centre = direction();
    for (int i = 0; i < photos; ++i) {
      Sample sample;
      sample.source = name + "/" + std::to_string(i) + ".jpg";
      sample.checksum = name + std::to_string(i);
      sample.embedding = near(result.centre, noise);
      result.samples.push_back(sample);
    }
    return result;
  }

  std::vector<Person> people(int count, int photos, float noise = 0.8F) {
    std::vector<Person> result;
    for (int i = 0; i < count; ++i)
      result.push_back(person("person " + std::to_string(100 + i), photos, noise));
    return result;
  }

 private:
  int dimension_;
  std::mt19937 random_;
};

/// As a gallery holds them: by name, with ids and templates.
inline std::vector<Person> enrolled(std::span<const Person> people) {
  std::vector<Person> result(people.begin(), people.end());
  std::ranges::sort(result, {}, &Person::name);
  std::int64_t id = 0;
  for (Person& person : result) {
    person.id = ++id;
    person.centre = template_of(person.samples);
  }
  return result;
}

}  // namespace kith::test
