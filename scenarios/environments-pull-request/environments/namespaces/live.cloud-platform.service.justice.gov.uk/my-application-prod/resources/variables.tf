variable "vpc_name" {
}

variable "namespace" {
  default = "my-application-prod"
}

variable "team_name" {
  default = "my-team"
}
